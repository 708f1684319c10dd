const dayMs = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const datedYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const longDayOfYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

export const clockTime = (at: number): string => clock.format(at);
export const fullTime = (at: number): string => full.format(at);

export const isSameDay = (a: number, b: number): boolean => new Date(a).toDateString() === new Date(b).toDateString();

const isThisYear = (at: number, now: number): boolean => new Date(at).getFullYear() === new Date(now).getFullYear();

/** The date, with the year where it is another one. */
const dateOf = (at: number, now: number): string => (isThisYear(at, now) ? date : datedYear).format(at);

/** For a list: the time today, the weekday this week, the date before. */
export function shortTime(at: number, now: number): string {
  if (isSameDay(at, now)) return clock.format(at);
  return now - at < 6 * dayMs ? weekday.format(at) : dateOf(at, now);
}

export function dayName(at: number, now: number): string {
  if (isSameDay(at, now)) return 'Today';
  if (isSameDay(at, dayBefore(now))) return 'Yesterday';
  return (isThisYear(at, now) ? longDay : longDayOfYear).format(at);
}

/** Days are not all of the same length. */
const dayBefore = (at: number): number => new Date(at).setDate(new Date(at).getDate() - 1);

/** When somebody was seen last. */
export function agoWords(at: number, now: number): string {
  const minutes = Math.round((now - at) / 60_000);
  if (minutes < 2) return 'just now';
  if (minutes < 60) return `${minutes} minutes ago`;
  const hours = Math.round(minutes / 60);
  return hours < 24 ? `${hours} h ago` : dateOf(at, now);
}

export function byteWords(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export const memberWords = (count: number): string => (count === 1 ? '1 member' : `${count} members`);
