import { useEffect, useRef } from 'react';

/** Does `work` now and again after each `pauseMs`, never twice at once, while the component is there and `isOn`. */
export function useEvery(pauseMs: number, isOn: boolean, work: () => Promise<void>): void {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    if (!isOn) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const go = async () => {
      await latest.current();
      if (!isOver) timer = setTimeout(go, pauseMs);
    };
    go();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [pauseMs, isOn]);
}
