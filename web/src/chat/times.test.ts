import { expect, test } from 'vitest';
import { agoWords, dayName, shortTime } from './times.ts';

const hourMs = 3_600_000;
const now = new Date(2026, 5, 15, 12).getTime();

test('dates of another year name it, those of this one do not', () => {
  const [recently, longAgo] = [new Date(2026, 2, 3, 12).getTime(), new Date(2024, 2, 3, 12).getTime()];
  for (const words of [shortTime, dayName, agoWords]) {
    expect(words(longAgo, now)).toContain('2024');
    expect(words(recently, now)).not.toContain('2026');
    expect(words(recently, now)).toContain('3');
  }
});

test('last year is named from its last week on', () => {
  const newYear = new Date(2026, 0, 9, 12).getTime();
  expect(shortTime(new Date(2025, 11, 30, 12).getTime(), newYear)).toContain('2025');
  expect(dayName(new Date(2025, 11, 31, 12).getTime(), newYear)).toContain('2025');
  expect(dayName(new Date(2025, 11, 31, 12).getTime(), new Date(2026, 0, 1, 12).getTime())).toBe('Yesterday');
});

test('what is near is said by how near it is', () => {
  expect(dayName(now - hourMs, now)).toBe('Today');
  expect(dayName(now - 24 * hourMs, now)).toBe('Yesterday');
  expect(agoWords(now - 5 * 60_000, now)).toBe('5 minutes ago');
  expect(agoWords(now - 3 * hourMs, now)).toBe('3 h ago');
  expect(shortTime(now - hourMs, now)).toContain('11');
});
