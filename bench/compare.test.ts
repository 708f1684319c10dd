import { expect, test } from 'vitest';
import { differences, readRatios } from './compare.ts';
import { newestOf } from './results.ts';

const page = `| a | b |
| --- | --- |
| Parlance kenz | 1,000 |

|  | to | figure | ratio | target | reached |
| --- | --- | --- | ---: | ---: | --- |
| Parlance kenz | bare Socket.IO | deliveries per CPU second | 2.16 (2.11 to 2.22) | ≥ 3.5 | no |
| Parlance kenz | bare Socket.IO | server CPU | 1.20 (1.1 to 1.3) | ≤ 1 | no |
`;

test('the ratios of a page are read, and nothing else of it', () => {
  const names = { is: 'Parlance kenz', to: 'bare Socket.IO' };
  expect(readRatios(page)).toEqual([
    { ...names, figure: 'deliveries per CPU second', ratio: 2.16, isMoreBetter: true },
    { ...names, figure: 'server CPU', ratio: 1.2, isMoreBetter: false },
  ]);
});

test('every committed result of rooms of ten can be compared with, and what got worse is a warning', () => {
  const figure = { is: 'Parlance messaging', to: 'bare Socket.IO', figure: 'deliveries per CPU second' };
  const [title, good] = differences('rooms-of-10', [{ ...figure, ratio: 1_000, isMoreBetter: true }]);
  expect(title).toMatch(/^Beside bench\/results\/\d{4}-\d\d-\d\d-rooms-of-10\.md:$/);
  expect(good).toMatch(/^Parlance messaging to bare Socket\.IO, .* \(\+\d+ %\)$/);
  expect(differences('rooms-of-10', [{ ...figure, ratio: 0.001, isMoreBetter: true }])[1]).toMatch(/^WARNING: /);
});

test('a page of another scenario whose name ends alike is not compared with', () => {
  const names = ['2026-11-20-rooms-of-10.md', '2026-11-21-rooms-of-10.md', '2026-11-22-cluster-rooms-of-10.md'];
  expect(newestOf(names, 'rooms-of-10')).toBe('2026-11-21-rooms-of-10.md');
});

test('a scenario that was never written down is said to have nothing to compare with', () => {
  expect(differences('nowhere', [])).toEqual(['There is no result of nowhere to compare with.']);
});
