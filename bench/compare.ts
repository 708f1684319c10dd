import { newestResult } from './results.ts';
import type { RatioRow } from './table.ts';

/** A ratio may differ that much between two runs before anybody is told: shared machines are noisy. */
const noisyShare = 0.25;

/** The ratios of a committed page, as {@link page} writes them. */
export function readRatios(text: string): RatioRow[] {
  return text.split('\n').flatMap((line) => {
    const [, is, to, figure, ratio, target] = line.split('|').map((cell) => cell.trim());
    const value = Number.parseFloat(ratio ?? '');
    if (is === undefined || !to || !figure || Number.isNaN(value) || !/^[≤≥] /.test(target ?? '')) return [];
    return [{ is, to, figure, ratio: value, isMoreBetter: target?.startsWith('≥') ?? true }];
  });
}

/** One line for each ratio of this run that the newest committed page of the scenario has as well. It warns, and fails nothing. */
export function differences(scenario: string, now: readonly RatioRow[]): string[] {
  const newest = newestResult(scenario);
  if (newest === undefined) return [`There is no result of ${scenario} to compare with.`];
  const before = readRatios(newest.text);
  const lines = now.flatMap((row) => {
    const same = before.find(({ is, to, figure }) => is === row.is && to === row.to && figure === row.figure);
    return same ? [difference(row, same)] : [];
  });
  return [`Beside bench/results/${newest.file}:`, ...lines];
}

function difference(now: RatioRow, before: RatioRow): string {
  const change = now.ratio / before.ratio - 1;
  const isWorse = now.isMoreBetter ? change < -noisyShare : change > noisyShare;
  const percent = `${change < 0 ? '' : '+'}${Math.round(change * 100)} %`;
  const words = `${now.is} to ${now.to}, ${now.figure}: ${now.ratio.toPrecision(3)}, was ${before.ratio.toPrecision(3)} (${percent})`;
  return isWorse ? `WARNING: ${words}. Profile it, or measure again on a quiet machine.` : words;
}
