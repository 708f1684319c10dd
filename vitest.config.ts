import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,test,bench,examples,tools}/**/*.test.ts'],
    reporters: ['default', './test/harness/plain-reporter.ts'],
    // Processes, because tests start workers and send signals; one per core for many files, because a fresh one
    // for each file costs five times the run.
    pool: 'forks',
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
