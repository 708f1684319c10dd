const dayMs = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

export const clockTime = (at: number): string => clock.format(at);
export const fullTime = (at: number): string => full.format(at);

export const isSameDay = (a: number, b: number): boolean => new Date(a).toDateString() === new Date(b).toDateString();

/** For a list: the time today, the weekday this week, the date before. */
export function shortTime(at: number): string {
  const now = Date.now();
  if (isSameDay(at, now)) return clock.format(at);
  return now - at < 6 * dayMs ? weekday.format(at) : date.format(at);
}

export function dayName(at: number): string {
  const now = Date.now();
  if (isSameDay(at, now)) return 'Today';
  return isSameDay(at, now - dayMs) ? 'Yesterday' : longDay.format(at);
}

/** When somebody was seen last. */
export function agoWords(at: number): string {
  const minutes = Math.round((Date.now() - at) / 60_000);
  if (minutes < 2) return 'just now';
  if (minutes < 60) return `${minutes} minutes ago`;
  const hours = Math.round(minutes / 60);
  return hours < 24 ? `${hours} h ago` : date.format(at);
}

export function byteWords(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export const memberWords = (count: number): string => (count === 1 ? '1 member' : `${count} members`);
