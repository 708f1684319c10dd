import { expect, test } from 'vitest';
import { agoWords, byteWords, dayName, memberWords, shortTime } from './times.ts';

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
  expect([59, 60].map((minutes) => agoWords(now - minutes * 60_000, now))).toEqual(['59 minutes ago', '1 h ago']);
  expect(agoWords(now - 3 * hourMs, now)).toBe('3 h ago');
  expect(shortTime(now - hourMs, now)).toContain('11');
  // A weekday for as long as it cannot be taken for today's.
  const days = [6 * 24 * hourMs - 1, 6 * 24 * hourMs].map((agoMs) => shortTime(now - agoMs, now));
  expect(days.map((words) => /\d/.test(words))).toEqual([false, true]);
});

test.each([
  [1, '1 byte'],
  [999, '999 bytes'],
  [1_000, '1 KB'],
  [999_499, '999 KB'],
  [2_540_000, '2.5 MB'],
])('%d bytes are said as %s', (bytes, words) => {
  expect(byteWords(bytes)).toBe(words);
});

test('members are counted in words', () => {
  expect([1, 2].map(memberWords)).toEqual(['1 member', '2 members']);
});
