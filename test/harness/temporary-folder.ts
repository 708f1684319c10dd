import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of the test that asks for it, which goes with it. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `parlance-${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
