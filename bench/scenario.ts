import type { Contender } from './contenders.ts';
import { Crowd, type CrowdShape, type Faults, type Measured } from './load/crowd.ts';
import { Server } from './servers.ts';

export type RunOptions = {
  readonly seconds: number;
  readonly repetitions: number;
  /** Only contenders whose title contains one of these. */
  readonly only: readonly string[];
  readonly profileDir: string | undefined;
  /** Told what is going on. */
  readonly tell: (line: string) => void;
};

/** One column of the table: a figure of one contender in one repetition, by name. */
export type Figures = Readonly<Record<string, number>>;

/** Whatever is measured beside others. `needs`: a program without which it is left out. */
export type Contending = { readonly title: string; readonly needs?: string };

/** `is` contender's `figure` divided by that of `to` in the same repetition, or without `to` as it is, against what it shall be. */
export type Target = {
  readonly is: string;
  readonly to?: string;
  readonly figure: string;
  readonly atLeast?: number;
  readonly atMost?: number;
};

export type Scenario<C extends Contending = Contender> = {
  readonly name: string;
  readonly sentence: string;
  readonly contenders: readonly C[];
  /** One contender once: start, measure, stop. */
  measure(contender: C, options: RunOptions): Promise<Figures>;
  readonly targets: readonly Target[];
};

/** Gathers a crowd at a fresh server, lets `work` measure it, and answers its figures with what went wrong. */
export async function withCrowd(
  contender: Contender,
  shape: CrowdShape,
  { profileDir }: RunOptions,
  work: (crowd: Crowd) => Promise<Measured>,
): Promise<{ readonly measured: Measured; readonly faults: Faults }> {
  const server = await Server.start(contender.recipe, { profileDir });
  try {
    const crowd = await Crowd.gather(server, contender.protocol, shape);
    const measured = await work(crowd);
    crowd.disperse();
    return { measured, faults: crowd.faults };
  } finally {
    await server.stop();
  }
}

/** The figures of every crowd: per second of server CPU, and how sure they are. */
export function throughput({ measured, faults }: { readonly measured: Measured; readonly faults: Faults }): Figures {
  const { deliveries, sends, serverCpuSeconds, seconds, generatorShare } = measured;
  return {
    'deliveries per CPU second': deliveries / serverCpuSeconds,
    'sends per CPU second': sends / serverCpuSeconds,
    'deliveries per second': deliveries / seconds,
    'sends per second': sends / seconds,
    'server CPU': serverCpuSeconds / seconds,
    'generator CPU': generatorShare,
    ...faults,
  };
}

/** The figures of a fixed rate: what it costs, and how long after it was to be sent each delivery came. */
export function pace({ measured, faults }: { readonly measured: Measured; readonly faults: Faults }): Figures {
  const { deliveries, serverCpuSeconds, seconds, generatorShare, latenciesMs } = measured;
  return {
    'server CPU': serverCpuSeconds / seconds,
    'CPU µs per delivery': (serverCpuSeconds * 1e6) / deliveries,
    'p50 ms': quantile(latenciesMs, 0.5),
    'p99 ms': quantile(latenciesMs, 0.99),
    'deliveries per second': deliveries / seconds,
    'generator CPU': generatorShare,
    ...faults,
  };
}

/** What the given part of the figures, which are sorted, stays below; NaN where there are none. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
