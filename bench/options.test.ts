import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

test('a scenario is measured three times for five seconds unless somebody says otherwise', () => {
  expect(readOptions(['rooms-of-10'])).toMatchObject({ seconds: 5, repetitions: 3, only: [], write: false });
  const line = ['rooms-of-10', '--seconds', '0.5', '--repetitions', '1', '--only', 'bare ws,Parlance rooms', '--write'];
  expect(readOptions(line)).toMatchObject({
    scenario: { name: 'rooms-of-10' },
    ...{ seconds: 0.5, repetitions: 1, only: ['bare ws', 'Parlance rooms'], write: true },
  });
});

test.each([
  ['rooms-of-10 --seconds abc', '--seconds is a number above 0'],
  ['rooms-of-10 --seconds=-1', '--seconds is a number above 0'],
  ['rooms-of-10 --repetitions 1.5', '--repetitions is a whole number above 0'],
  ['rooms-of-10 --only Parlence', '--only "Parlence" is in none of: bare Socket.IO'],
  ['rooms-of-10 --only ws,', '--only "" is in none of'],
  ['', 'Usage: npm run bench'],
  ['nonsense', 'Usage: npm run bench'],
  ['rooms-of-10 durable-sends', 'Usage: npm run bench'],
  ['rooms-of-10 --second 5', "Unknown option '--second'"],
])('"%s" is refused before anything is measured', (line, words) => {
  expect(() => readOptions(line.split(' ').filter((word) => word !== ''))).toThrow(words);
});
