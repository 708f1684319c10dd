import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/harness/temporary-folder.ts';
import { openSqliteArchive } from './archive.ts';
import { openLogReader } from './read-only.ts';

test.each([
  ['the log', openLogReader],
  ['all of it', openSqliteArchive],
])('whoever reads %s and may not is told which database, and what to do', async (_, open) => {
  const path = join(temporaryFolder('reading'), 'parlance.sqlite');
  // What stands there and cannot be opened, not even by root.
  const server = createServer().listen(path);
  await once(server, 'listening');
  expect(() => open(path)).toThrow(`${path} cannot be opened. Run this as the user that the server runs as.`);
  server.close();
});
