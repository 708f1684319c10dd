import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenHouse } from '../harness/house.ts';
import { type Block, root } from './pages.ts';

/** A terminal in which a reader types what a page shows, one block after the other. */

/** What became of a block of shell. */
export type Carried = {
  readonly printed: string;
  /** Commands that ended with anything but 0. */
  readonly failed: readonly string[];
  /** What curl was answered: `200 GET http://…`. */
  readonly answers: readonly string[];
};

export type Terminal = AsyncDisposable & {
  shell(block: Block): Promise<Carried>;
  /** Starts a program, which then runs beside the rest of the page; answers a function that reads what it has printed. */
  program(block: Block): Promise<() => { readonly out: string; readonly wrong: string }>;
};

const patienceMs = 60_000;

// `npx` as this repository means it, and curl so that its answers can be told from its output. A command that fails
// is written down, and the rest goes on, as it does for a person.
const prelude = (address: string): string => `
npx() {
  case "$1" in
    parlance) shift; '${process.execPath}' '${root}src/cli.ts' "$@" ;;
    node) shift; '${process.execPath}' "$@" ;;
    *) echo "npx $1 is not known" >&2; return 127 ;;
  esac
}
curl() { command curl --silent --show-error --write-out '%{stderr}%{http_code} %{method} %{url_effective}\\n' "$@"; }
set -o pipefail
# What a page starts beside itself is a group of processes of its own, which ends as one.
set -m
trap 'echo "$BASH_COMMAND" >> failed' ERR
export PARLANCE_URL='${address}' API_KEY='host-key'
`;

export type TerminalOptions = {
  readonly house: OpenHouse;
  /** An empty folder to be in. */
  readonly folder: string;
  readonly environment: { readonly [name: string]: string };
  /** What the reader has typed before. */
  readonly before: string;
};

export async function openTerminal({ house, folder, environment, before }: TerminalOptions): Promise<Terminal> {
  for (const name of ['node_modules', 'examples']) symlinkSync(join(root, name), join(folder, name));
  mkdirSync(join(folder, 'tmp'));
  const bash = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, DATA_DIR: house.dataDir, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting: (() => void)[] = [];
  bash.stdout.on('data', (text: Buffer) => {
    for (const _ of String(text).matchAll(/done\n/g)) waiting.shift()?.();
  });
  const type = (line: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`This does not end: ${line}`)), patienceMs);
      waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
      bash.stdin.write(`${line}\necho done\n`);
    });
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const here = (code: string): string =>
    code
      .replaceAll('http://localhost:8000', house.address)
      .replaceAll('ws://localhost:8000', house.address.replace('http', 'ws'))
      .replaceAll('/tmp/', join(folder, 'tmp/'));
  await type(prelude(house.address) + before);
  return {
    async shell({ code, line }) {
      writeFileSync(join(folder, 'failed'), '');
      writeFileSync(join(folder, `${line}.sh`), here(code));
      await type(`. ./${line}.sh > ${line}.out 2> ${line}.err`);
      const answers = read(`${line}.err`).match(/^\d{3} [A-Z]+ \S+$/gm) ?? [];
      return { printed: read(`${line}.out`), failed: read('failed').split('\n').filter(Boolean), answers };
    },
    async program({ code, line }) {
      writeFileSync(join(folder, `${line}.mjs`), here(code));
      for (const kind of ['out', 'err']) writeFileSync(join(folder, `${line}.${kind}`), '');
      await type(`npx node ${line}.mjs > ${line}.out 2> ${line}.err &`);
      return () => ({ out: read(`${line}.out`), wrong: read(`${line}.err`) });
    },
    async [Symbol.asyncDispose]() {
      const ended = once(bash, 'exit');
      bash.stdin.end('for job in $(jobs -p); do kill -- "-$job"; done 2> /dev/null; wait; exit 0\n');
      await ended;
    },
  };
}
