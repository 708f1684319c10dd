import { dirname, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { databasePath, isShared } from '../store/open.ts';
import type { CliCommand } from './command.ts';
import { examineBus } from './doctor/bus.ts';
import { examineCertificate } from './doctor/certificate.ts';
import { examineDisk, judgeDisk } from './doctor/disk.ts';
import { examineFiles } from './doctor/files.ts';
import type { Finding, FindingLevel } from './doctor/finding.ts';
import { judgeClock, judgeFileLimit, judgePort, readFileLimit, tryPort } from './doctor/machine.ts';
import { judgeSettings, readSettings } from './doctor/settings.ts';
import { examineFile, examineShared, judgeFile, judgeShared } from './doctor/store.ts';
import { parseOptions } from './options.ts';

/** Looks at everything that the server will need, and says what to do. Changes nothing. */
export const doctor: CliCommand = {
  name: 'doctor',
  options: '[--json]',
  sentence:
    'Look at settings, database, disk, file store, TLS, clock, bus, limits and port, and say what to do; ends with 1 if anything is broken.',
  async run(args, { env, out }) {
    const { json } = parseOptions(args, { json: { type: 'boolean', default: false } });
    const config = readSettings(env);
    const findings = 'level' in config ? [config] : await examine(config);
    if (json) out(JSON.stringify({ findings }, null, 2));
    else for (const finding of findings) print(finding, out);
    const count = (level: FindingLevel) => findings.filter((finding) => finding.level === level).length;
    const summary = `${count('well')} well, ${count('doubtful')} doubtful, ${count('broken')} broken`;
    if (count('broken') > 0) throw new Error(`${summary}.`);
    if (!json) out(summary);
  },
};

const marks: { readonly [level in FindingLevel]: string } = { well: 'ok', doubtful: '??', broken: '!!' };

function print({ about, level, words, todo }: Finding, out: (line: string) => void): void {
  out(`${marks[level]}  ${about.padEnd(9)} ${words}`);
  if (todo !== undefined) out(`${' '.repeat(14)}${todo}`);
}

/** Where the server writes; the database file may lie elsewhere. */
function foldersOf(storage: Config['storage']): readonly string[] {
  const dataDir = resolve(storage.dataDir);
  return isShared(storage.databaseUrl) ? [dataDir] : [...new Set([dataDir, dirname(databasePath(storage))])];
}

async function examine(config: Config): Promise<readonly Finding[]> {
  const { storage, listen } = config;
  const settings = judgeSettings(config);
  const disks = foldersOf(storage).flatMap((folder) => judgeDisk(examineDisk(folder)));
  const files = await examineFiles(config.s3);
  const certificate = await examineCertificate(config.tls, Date.now());
  const machine = [...disks, ...files, ...certificate, judgeFileLimit(readFileLimit())];
  const portFailure = await tryPort(listen);
  if (isShared(storage.databaseUrl)) {
    const found = await examineShared(storage.databaseUrl);
    const port = judgePort(listen, portFailure, false);
    if ('level' in found) return [...settings, found, ...machine, port];
    const { newestAt, clockAheadMs: databaseAheadMs } = found;
    const clock = judgeClock(Date.now(), { newestAt, databaseAheadMs });
    const bus = await examineBus(storage.databaseUrl, storage.redisUrl);
    return [...settings, ...judgeShared(found), ...bus, ...clock, ...machine, port];
  }
  const found = await examineFile(storage);
  if (found !== undefined && 'level' in found) return [...settings, found, ...machine];
  const clock = judgeClock(Date.now(), { newestAt: found?.newestAt });
  const port = judgePort(listen, portFailure, found?.isServing ?? false);
  return [...settings, ...judgeFile(found), ...clock, ...machine, port];
}
