import type { Config } from '../../config.ts';
import type { Versions } from '../../store/migration-files.ts';
import { databasePath } from '../../store/open.ts';
import type { DatabaseExamination } from '../../store/postgres/examine.ts';
import type { FileExamination } from '../../store/sqlite/examine.ts';
import { broken, doubtful, type Finding, well, wordsOf } from './finding.ts';

const unfinished = broken(
  'store',
  'the database holds an unfinished import',
  'Run the same "parlance import" or "parlance migrate" again, or begin with an empty database.',
);

/** Whether the file is whole, and of a version that this build knows. */
export async function examineFile(storage: Config['storage']): Promise<FileExamination | undefined | Finding> {
  try {
    const { examineFile } = await import('../../store/sqlite/examine.ts');
    return examineFile(databasePath(storage));
  } catch (error) {
    const todo = 'Check DATABASE_URL, DATA_DIR and the rights of this user; if the file is damaged, restore a backup.';
    return broken('store', `the database cannot be read: ${wordsOf(error)}`, todo);
  }
}

export function judgeFile(found: FileExamination | undefined): readonly Finding[] {
  if (found === undefined) return [well('store', 'there is no database yet; the first start makes it')];
  const { versions, damages, isUnfinished, isServing } = found;
  if (damages.length > 0) {
    const todo = 'Stop the server, keep a copy of the folder, and restore the newest backup.';
    return [broken('store', `the database file is damaged: ${damages.join('; ')}`, todo)];
  }
  if (isUnfinished) return [unfinished];
  const serving = isServing ? ', and a server has it' : '';
  return [judgeVersions(versions) ?? well('store', `the database is whole${serving}`)];
}

export async function examineShared(url: string): Promise<DatabaseExamination | Finding> {
  try {
    const { examineDatabase } = await import('../../store/postgres/examine.ts');
    return await examineDatabase(url);
  } catch (error) {
    return broken(
      'store',
      wordsOf(error),
      'Check DATABASE_URL, and that PostgreSQL is running and lets this machine in.',
    );
  }
}

const leastServer = 150_000;
/** What one node opens: one writes, four read, one listens, two search. */
const connectionsOfNode = 8;

export function judgeShared(found: DatabaseExamination): readonly Finding[] {
  const { serverVersion, encoding, isSyncing, mayCreate, freeConnections, versions, isUnfinished } = found;
  const findings: Finding[] = [];
  if (serverVersion < leastServer) {
    const words = `PostgreSQL ${Math.floor(serverVersion / 10_000)} is older than 15`;
    findings.push(broken('store', words, 'Upgrade the database server.'));
  }
  if (encoding !== 'UTF8') {
    findings.push(broken('store', `the database is in ${encoding}`, "Make one with ENCODING 'UTF8'."));
  }
  if (!isSyncing) {
    const words = 'the server does not sync what it commits (fsync or full_page_writes is off)';
    findings.push(broken('store', words, 'Turn both on: what was answered would not survive a crash of its machine.'));
  }
  if (!mayCreate) {
    const words = 'this user may not create tables, so the next migration fails';
    findings.push(
      doubtful('store', words, 'GRANT CREATE ON SCHEMA … TO the user, or let an owner start the first node.'),
    );
  }
  if (freeConnections < connectionsOfNode) {
    const words = `${freeConnections} connections are left, and a node takes ${connectionsOfNode}`;
    findings.push(doubtful('store', words, 'Raise max_connections, or stop what else is connected.'));
  }
  if (isUnfinished) findings.push(unfinished);
  const version = judgeVersions(versions);
  if (version !== undefined) findings.push(version);
  return findings.length > 0 ? findings : [well('store', 'the database can be reached, and is as it should be')];
}

function judgeVersions({ found, known }: Versions): Finding | undefined {
  if (found > known) {
    const words = `the database has version ${found}, and this build knows versions up to ${known}`;
    return broken(
      'store',
      words,
      'Start the newer build that wrote it, or restore the backup from before the upgrade.',
    );
  }
  if (found === known || found === 0) return undefined;
  const words = `the database has version ${found}; the next start brings it to ${known}, and there is no way back`;
  return doubtful('store', words, 'Make a backup before you start this build.');
}
