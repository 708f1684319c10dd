import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Every test that opens a whole server starts its worker threads anew: what they load is compiled once.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url));

export default defineConfig({
  test: {
    include: ['{src,test,bench,examples,tools,web}/**/*.test.ts'],
    reporters: ['default', './test/harness/plain-reporter.ts'],
    // Processes, because tests start workers and send signals; one per core for many files, because a fresh one
    // for each file costs five times the run.
    pool: 'forks',
    isolate: false,
    // Much of a test is waiting: two cores carry two files, and three of a file's tests that are concurrent.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    maxConcurrency: 3,
    restoreMocks: true,
    unstubEnvs: true,
    testTimeout: 120_000,
    // As long as `until` waits: a busy machine keeps a file waiting for more than the second that is usual.
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 60_000,
  },
});
