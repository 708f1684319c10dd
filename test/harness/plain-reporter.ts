import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Ends a run with one plain line, `N passed, N failed, N skipped`, for people and machines that read only the last
 * one. A file that could not be loaded and an error outside any test count as failed; a run in which no test ran fails.
 */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      const failedBefore = count.failed;
      for (const test of module.children.allTests()) count[test.result().state]++;
      if (module.state() === 'failed' && count.failed === failedBefore) count.failed++;
    }
    const line = `${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped`;
    // On exit, so that nothing another reporter prints can come after it.
    process.on('exit', () => {
      if (count.passed + count.failed === 0) {
        process.exitCode = 1;
        console.log('\nNo test ran.');
      }
      console.log(`\n${line}`);
    });
  }
}
