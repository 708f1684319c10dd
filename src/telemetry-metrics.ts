import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { histograms, metrics, type Readings, type Row } from './telemetry-table.ts';

/**
 * What the server counts, for Prometheus. The hot path only adds to plain numbers; they are read when somebody scrapes.
 */

/** What is seen one by one, and the answer to whoever scrapes. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #commitSeconds: Histogram;
  readonly #batchItems: Histogram;
  readonly #resumeEntries: Histogram;
  readonly #httpSeconds: Histogram<'status'>;

  constructor(read: () => Readings) {
    const registers = [this.#registry];
    for (const { name, type, help, labels = [], read: readValue } of metrics) {
      const collect = (metric: { reset(): void }, put: (row: Row) => void) => {
        const value = readValue(read());
        metric.reset();
        for (const row of typeof value === 'number' ? [{ labels: {}, value }] : value) put(row);
      };
      const labelNames = [...labels];
      if (type === 'counter') {
        const counter: Counter<string> = new Counter({
          ...{ name, help, labelNames, registers },
          collect: () => collect(counter, (row) => counter.inc(row.labels, row.value)),
        });
      } else {
        const gauge: Gauge<string> = new Gauge({
          ...{ name, help, labelNames, registers },
          collect: () => collect(gauge, (row) => gauge.set(row.labels, row.value)),
        });
      }
    }
    const histogram = ({ name, help, buckets }: { name: string; help: string; buckets: readonly number[] }) =>
      new Histogram({ name, help, buckets: [...buckets], registers });
    this.#commitSeconds = histogram(histograms.commitSeconds);
    this.#batchItems = histogram(histograms.batchItems);
    this.#resumeEntries = histogram(histograms.resumeEntries);
    const { name, help, buckets, labels } = histograms.httpSeconds;
    this.#httpSeconds = new Histogram({ name, help, buckets: [...buckets], labelNames: [...labels], registers });
  }

  committed(items: number, durationMs: number): void {
    this.#batchItems.observe(items);
    this.#commitSeconds.observe(durationMs / 1000);
  }

  resumed(entries: number): void {
    this.#resumeEntries.observe(entries);
  }

  answered(status: number, durationMs: number): void {
    this.#httpSeconds.observe({ status: `${Math.floor(status / 100)}xx` }, durationMs / 1000);
  }

  /** In the text format of Prometheus, with the figures of the process. */
  async text(): Promise<string> {
    const own = await this.#registry.metrics();
    return `${own}\n${await ofProcess().metrics()}`;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}

let processRegistry: Registry | undefined;

/** Event loop, garbage collection, memory, CPU: there is one of each, however many servers run in it. */
function ofProcess(): Registry {
  if (!processRegistry) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}

/** Begins to watch the event loop and garbage collection, so that the first scrape has seen something. */
export function watchProcess(): void {
  ofProcess();
}
