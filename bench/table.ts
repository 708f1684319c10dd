import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Figures, Scenario, Target } from './scenario.ts';

/** What each contender reached, one entry a repetition. */
export type Results = ReadonlyMap<string, readonly Figures[]>;

/** The results as a page: how it was measured, the medians, and the ratios against their targets. */
export function page(
  scenario: Pick<Scenario, 'name' | 'sentence' | 'targets'>,
  results: Results,
  command: string,
): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const [processor] = cpus();
  return [
    `# ${scenario.name}`,
    '',
    scenario.sentence,
    '',
    `- Machine: ${cpus().length} cores of ${processor?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}; server pinned to one core, generator to the other`,
    `- Node ${process.versions.node}, commit ${commit}, ${new Date().toISOString().slice(0, 16)}Z`,
    `- Load average at the end ${loadavg()[0]?.toFixed(1)}: above 2 others were at work, and only the ratios say something`,
    `- Command: \`${command}\``,
    '- Medians of the repetitions; a ratio is the median of the ratios within one repetition, its range beside it; to nobody it is the figure itself',
    '',
    ...figuresTable(results),
    '',
    ...targetsTable(scenario.targets, results),
    '',
  ].join('\n');
}

function figuresTable(results: Results): string[] {
  const names = [...new Set([...results.values()].flatMap((runs) => runs.flatMap((figures) => Object.keys(figures))))];
  const rows = [...results].map(([title, runs]) =>
    row([title, ...names.map((name) => shown(median(runs.map((figures) => figures[name] ?? Number.NaN))))]),
  );
  return [row(['', ...names]), row(['---', ...names.map(() => '---:')]), ...rows];
}

/** A ratio as the page tells it. */
export type RatioRow = {
  readonly is: string;
  readonly to: string;
  readonly figure: string;
  readonly ratio: number;
  readonly isMoreBetter: boolean;
};

/** Stands for the peer where a figure is held against its target as it is. */
const nobody = 'nobody';

/** The ratio of a target in each repetition; undefined where one of the two was not measured. */
function ratiosOf({ is, to, figure }: Target, results: Results): readonly number[] | undefined {
  const reached = results.get(is)?.map((figures) => figures[figure] ?? Number.NaN);
  if (to === undefined) return reached;
  const others = results.get(to);
  return others && reached?.map((value, index) => value / (others[index]?.[figure] ?? Number.NaN));
}

/** The medians of the ratios that have a target. */
export function ratioRows(targets: readonly Target[], results: Results): RatioRow[] {
  return targets.flatMap((target) => {
    const ratios = ratiosOf(target, results);
    const { is, to, figure, atLeast } = target;
    return ratios ? [{ is, to: to ?? nobody, figure, ratio: median(ratios), isMoreBetter: atLeast !== undefined }] : [];
  });
}

function targetsTable(targets: readonly Target[], results: Results): string[] {
  const rows = targets.flatMap((one) => {
    const ratios = ratiosOf(one, results);
    if (!ratios) return [];
    const { is, to, figure, atLeast, atMost } = one;
    const ratio = median(ratios);
    const isReached = (atLeast === undefined || ratio >= atLeast) && (atMost === undefined || ratio <= atMost);
    const target = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
    const range = `${shown(Math.min(...ratios))} to ${shown(Math.max(...ratios))}`;
    return [row([is, to ?? nobody, figure, `${shown(ratio)} (${range})`, target, isReached ? 'yes' : 'no'])];
  });
  return [
    row(['', 'to', 'figure', 'ratio', 'target', 'reached']),
    row(['---', '---', '---', '---:', '---:', '---']),
    ...rows,
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

function shown(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (value !== 0 && Math.abs(value) < 100) return value.toPrecision(3);
  return Math.round(value).toLocaleString('en-US');
}
