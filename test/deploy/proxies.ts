import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../faults/process.ts';

/** Debian's nginx and HAProxy with the configurations of `deploy/`, in which only addresses and paths are exchanged. */

export const proxyNames = ['nginx', 'haproxy'] as const;
type ProxyName = (typeof proxyNames)[number];

export type RunningProxy = AsyncDisposable & {
  readonly address: string;
  /** Everything that it has logged. */
  readonly log: () => string;
};

const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];

/** Where the program is; undefined where it is not installed. */
export function programOf(name: ProxyName): string | undefined {
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const files: { readonly [N in ProxyName]: { readonly file: string; args(file: string, folder: string): string[] } } = {
  nginx: { file: 'nginx.conf', args: (file, folder) => ['-c', file, '-p', folder, '-g', 'daemon off;'] },
  haproxy: { file: 'haproxy.cfg', args: (file) => ['-db', '-f', file] },
};

/** Starts it before these nodes, `node1` and `node2` of its configuration; rejects with what it said when it does not start. */
export async function startProxy(
  name: ProxyName,
  nodes: readonly { readonly address: string }[],
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), `parlance-${name}-`));
  // Its workers may run as somebody else.
  await chmod(folder, 0o755);
  const port = await freePort();
  let text = await readFile(new URL(`../../deploy/${files[name].file}`, import.meta.url), 'utf8');
  const exchange = (found: RegExp, by: string): void => {
    if (!found.test(text)) throw new Error(`${files[name].file} has no ${found}.`);
    text = text.replace(found, by);
  };
  for (const [at, { address }] of nodes.entries()) {
    exchange(new RegExp(`\\bnode${at + 1}:8000\\b`, 'g'), new URL(address).host);
  }
  if (name === 'nginx') {
    exchange(/listen 8080;/, `listen 127.0.0.1:${port};`);
    exchange(/ \/tmp\//g, ` ${folder}/`);
  } else {
    exchange(/bind :8080/, `bind 127.0.0.1:${port}`);
  }
  const file = join(folder, files[name].file);
  await writeFile(file, text);

  // A file, since nginx opens /dev/stdout by its name, which a pipe of Node's does not allow.
  const logFile = join(folder, 'log');
  const output = openSync(logFile, 'a');
  const child = spawn(programOf(name) ?? name, files[name].args(file, folder), { stdio: ['ignore', output, output] });
  closeSync(output);
  const log = () => readFileSync(logFile, 'utf8');
  const endWithUs = () => child.kill('SIGKILL');
  process.on('exit', endWithUs);
  let hasEnded = false;
  const ended = once(child, 'close').then(() => {
    hasEnded = true;
    process.off('exit', endWithUs);
  });
  while (!(await isListening(port))) {
    if (hasEnded) throw new Error(`${name} did not start: ${log()}`);
    await wait(20);
  }
  return {
    address: `http://127.0.0.1:${port}`,
    log,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
