import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Config } from '../../config.ts';
import { broken, doubtful, type Finding, well } from './finding.ts';

/** Before this nobody can have run this build: such a clock has never been set. */
const leastTimeMs = Date.UTC(2025, 0, 1);
const aheadMs = 60_000;
const skewMs = 1_000;

/** `newestAt`: the newest entry of the log; `databaseAheadMs`: how far the database's clock is ahead. */
export function judgeClock(
  nowMs: number,
  {
    newestAt,
    databaseAheadMs,
  }: { readonly newestAt?: number | undefined; readonly databaseAheadMs?: number | undefined },
): readonly Finding[] {
  const todo = 'Let the machine set its clock by itself (chrony, systemd-timesyncd, ntpd), and look at its time zone.';
  if (nowMs < leastTimeMs) return [broken('clock', `it says ${new Date(nowMs).toISOString()}`, todo)];
  const findings: Finding[] = [];
  if (newestAt !== undefined && newestAt > nowMs + aheadMs) {
    const words = `the newest entry is of ${new Date(newestAt).toISOString()}, which is to come: this clock, or another node's, is wrong`;
    findings.push(broken('clock', words, todo));
  }
  if (databaseAheadMs !== undefined && Math.abs(databaseAheadMs) > skewMs) {
    const way = databaseAheadMs > 0 ? 'ahead of' : 'behind';
    const words = `the database's clock is ${(Math.abs(databaseAheadMs) / 1000).toFixed(1)} s ${way} this one`;
    findings.push(doubtful('clock', words, todo));
  }
  return findings.length > 0 ? findings : [well('clock', 'is plausible')];
}

const fewFiles = 4_096;

/** Open files of this process at the most; undefined where nobody tells. */
export function readFileLimit(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined || limit === 'unlimited' ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}

/** Each connection is an open file. */
export function judgeFileLimit(limit: number | undefined): Finding {
  if (limit === undefined) return well('limits', 'open files are not limited, or nobody tells');
  if (limit >= fewFiles) return well('limits', `${limit} files may be open, a connection each`);
  const todo = 'Raise it: ulimit -n 65536, or LimitNOFILE=65536 in the systemd unit.';
  return doubtful('limits', `only ${limit} files may be open, a connection each`, todo);
}

/** The code with which listening fails; undefined where it does not. */
export async function tryPort({ host, port }: Config['listen']): Promise<string | undefined> {
  const server = createServer();
  try {
    await once(server.listen({ host, port, exclusive: true }), 'listening');
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    server.close();
  }
}

/** `isServing`: a server has the database, so that the port should be taken. */
export function judgePort({ host, port }: Config['listen'], failure: string | undefined, isServing: boolean): Finding {
  const where = `port ${port} on ${host}`;
  if (failure === undefined) return well('port', `${where} is free`);
  if (failure === 'EADDRINUSE' && isServing) return well('port', `${where} is taken, as a server runs`);
  const todo: Record<string, string> = {
    EADDRINUSE: 'Stop what uses it, or set PORT to another one (0 takes any free one).',
    EACCES: 'Set PORT to 1024 or above, or give this user the right.',
  };
  const words = failure === 'EADDRINUSE' ? `${where} is taken` : `${where} cannot be listened on (${failure})`;
  return broken('port', words, todo[failure] ?? 'Set HOST to an address of this machine, or to 0.0.0.0 for all.');
}
