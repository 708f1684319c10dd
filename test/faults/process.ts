import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { signToken } from '../../src/tokens/hmac.ts';
import type { Claims, Settings } from '../harness/house.ts';

export { freePort } from '../torture/ports.ts';

const secret = 'the secret that only these processes verify with';
const apiKey = 'the key of the host of these processes';

/** The server in a process of its own, as an operator runs it. */
export type ServerProcess = {
  readonly address: string;
  readonly pid: number;
  /** Everything that it printed. */
  readonly output: () => string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  signal(signal: NodeJS.Signals): void;
};

export const tokenFor = (claims: Claims): string => signToken(secret, claims, 3600);

const live = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of live) child.kill('SIGKILL');
});

/** Starts it, its log going to `log`; rejects with what it said when it ends before it listens. */
export async function startProcess(
  dataDir: string,
  settings: Settings = {},
  command: readonly string[] = ['src/cli.ts', 'serve'],
  log: 'pipe' | number = 'pipe',
): Promise<ServerProcess> {
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', log, 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: dataDir,
      JWT_SECRET: secret,
      API_KEY: apiKey,
      MESSAGES_PER_SECOND: '1000000',
      MESSAGE_BURST: '1000000',
      EVENTS_PER_SECOND: '1000000',
      EVENT_BURST: '1000000',
      ...settings,
    },
  });
  live.add(child);
  let output = '';
  const ended = once(child, 'close').then(([code, signal]) => {
    live.delete(child);
    return (code ?? signal) as number | NodeJS.Signals;
  });
  const address = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const found = /listens on (http:\S+?)\.?\s/.exec(output)?.[1];
        if (found) resolve(found);
      });
    }
    ended.then((how) => reject(new Error(`The server ended with ${how}: ${output}`)));
  });
  return { address, pid: child.pid ?? 0, output: () => output, ended, signal: (signal) => child.kill(signal) };
}

/** Speaks as a user in the name of the host; resolves with the status and the message, and rejects when nobody answers. */
export async function post(
  { address }: { readonly address: string },
  path: string,
  body: object,
): Promise<{ readonly status: number; readonly json: Record<string, unknown> }> {
  const response = await fetch(`${address}/api/v1${path}`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

/** What the host is answered when it asks for this. */
export async function get({ address }: { readonly address: string }, path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${address}/api/v1${path}`, { headers: { 'x-api-key': apiKey } });
  return (await response.json()) as Record<string, unknown>;
}

type Read = { readonly id: string; readonly text: string };

/** The whole conversation, oldest first. */
export async function readAll({ address }: { readonly address: string }, conversationId: string): Promise<Read[]> {
  const read: Read[] = [];
  for (;;) {
    const path = `/api/v1/conversations/${conversationId}/messages?limit=500&after=${read.at(-1)?.id ?? 0}`;
    const response = await fetch(address + path, { headers: { 'x-api-key': apiKey } });
    const { messages, hasMore } = (await response.json()) as { messages: Read[]; hasMore: boolean };
    read.push(...messages);
    if (!hasMore) return read;
  }
}
