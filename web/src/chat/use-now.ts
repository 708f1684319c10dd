import { useEffect, useState } from 'react';

const everyMs = 30_000;

/** The time, told again while the page is open: what is said of "today" and "minutes ago" would go stale. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tell = () => setNow(Date.now());
    const timer = setInterval(tell, everyMs);
    // Pages in the background are told late, and those of a machine that slept not at all.
    document.addEventListener('visibilitychange', tell);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tell);
    };
  }, []);
  return now;
}
