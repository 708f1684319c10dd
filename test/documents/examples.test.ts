import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../faults/process.ts';
import { type OpenHouse, openHouse, type Settings } from '../harness/house.ts';
import { until } from '../harness/until.ts';
import { allPages, type Block, type Page } from './pages.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** Every example of the manual is carried out as it stands there, page by page, against a server of the page's own. */

/** What is not run here, by its page and its first line, and why. `commands.test.ts` looks at its commands all the same. */
const unrun: { readonly [place: string]: string } = {
  'README.md npm ci && npm start': 'it is how CI begins, and what every house of the tests does',
  'README.md npm ci && npm test': 'it is what runs this test',
  'deploy/README.md umask 077': 'it needs Docker; test/deploy/recipes.test.ts compares the files with the code',
  'deploy/README.md git clone … /opt/parlance && cd /opt/parlance && npm ci': 'it installs a system service',
  "docs/apps.md import { AppState } from 'react-native';":
    'it needs React Native; test/phones/react-native.test.ts hangs up and dials again',
  'docs/getting-started.md npm ci': 'it starts the server that the rest of the page speaks with',
  'docs/guarantees.md npm run torture': 'it takes minutes; .ci/run has two runs of its own',
  'docs/guarantees.md npm run torture -- --minutes 1 --seed 7 --clients 20 --rate 1200 --fault-every-ms 1200 --window 48 --verbose':
    'the same',
  'docs/moving.md # 1. Stop the server, or all nodes.':
    'it needs a PostgreSQL of that address; src/cli/moving.test.ts moves a log to one',
  'docs/operate.md npm ci': 'it starts a server on port 8000',
  'docs/operate.md psql "$DATABASE_URL" -c "UPDATE log_head SET epoch = replace(gen_random_uuid()::text, \'-\', \'\')"':
    'it needs psql',
  'docs/operate.md export DATABASE_URL=postgres://parlance:secret@127.0.0.1/parlance JWT_SECRET=change-me-to-32-random-bytes-or-more':
    'it needs a PostgreSQL of that address; test/cluster/ runs nodes over one',
  'docs/performance.md npm run bench': 'it measures for minutes; .ci/run has a short run',
  "docs/web-client.md const frame = document.querySelector('iframe');": 'it belongs to a page of another site',
  'docs/web-client.md npm run web:budget       # what the pages weigh, and when they are of use on a slow line and a slow processor':
    'they drive a browser for minutes',
};

const dev: Settings = { JWT_SECRET: undefined, API_KEY: 'host-key' };
const secret = 'a secret that two applications know of each other';

type Circumstances = {
  readonly settings?: Settings;
  readonly environment?: { readonly [name: string]: string };
  /** Whether what the page shows is for a server that is not running. */
  readonly isStopped?: boolean;
  /** Whether the reader stops and starts the server at the end. */
  readonly isRestarted?: boolean;
  /** What somebody hears in the end. */
  readonly heard?: readonly string[];
};

const circumstances: { readonly [path: string]: Circumstances } = {
  'docs/getting-started.md': { isRestarted: true, heard: ['joinedRoom', '2: The kettle is on', 'back again'] },
  'docs/login.md': { settings: { JWT_SECRET: secret }, environment: { JWT_SECRET: secret } },
  'docs/moving.md': { isStopped: true },
  'docs/operate.md': { isStopped: true, environment: { PORT: '0' } },
  'docs/webhooks.md': { environment: { WEBHOOK_SECRET: secret, PORT: '0' } },
};

const placeOf = (page: Page, { code }: Block): string => `${page.path} ${code.split('\n')[0]}`;
const isRun = (page: Page, block: Block): boolean =>
  ['sh', 'js'].includes(block.language) && unrun[placeOf(page, block)] === undefined;
const manual = allPages().filter(({ path }) =>
  /^(README|docs\/.*|deploy\/.*|examples\/.*)\.md$|^README\.md$/.test(path),
);

/** How long a program may take to start and to speak on a busy machine. */
const programMs = 30_000;

/** Carries out one block; `next` is the one behind it, which may show the answer. */
async function carryOut(terminal: Terminal, block: Block, next: Block | undefined): Promise<() => string> {
  if (block.language === 'sh') {
    const { answers, failed, printed } = await terminal.shell(block);
    expect(failed, `line ${block.line}: these end with 0`).toEqual([]);
    expect(answers.length, `line ${block.line}: curl is answered`).toBe([...block.code.matchAll(/\bcurl /g)].length);
    const shown = next?.language === 'json' ? (JSON.parse(next.code) as object) : {};
    if ('error' in shown) expect(JSON.parse(printed)).toEqual(shown);
    else expect(answers.filter((answer) => !answer.startsWith('2'))).toEqual([]);
    return () => printed;
  }
  const read = await terminal.program(block);
  // An example that says something hears it; any other shows something.
  const said = [...block.code.matchAll(/\b(?:message|content|text): '([^']+)'/g)].map(([, words = '']) => words);
  const shows = () => {
    const { out, wrong } = read();
    if (wrong !== '') throw new Error(`line ${block.line}: ${wrong}`);
    return out !== '' && said.every((words) => out.includes(words));
  };
  const otherwise = () => `line ${block.line} should print ${said.join(', ') || 'something'}: ${read().out}`;
  await until(shows, otherwise, programMs);
  return () => read().out + read().wrong;
}

test.each(
  manual.filter((page) => page.blocks.some((block) => isRun(page, block))).map((page) => [page.path, page] as const),
)(
  'what %s shows works',
  async (path, page) => {
    const {
      settings = {},
      environment = {},
      isStopped = false,
      isRestarted = false,
      heard = [],
    } = circumstances[path] ?? {};
    // One that is started again is found where it was.
    const port = isRestarted ? { PORT: String(await freePort()) } : {};
    await using house = await openHouse({ ...dev, ...settings, ...port });
    const folder = await mkdtemp(join(tmpdir(), 'parlance-page-'));
    const carryOutAll = async () => {
      await using terminal = await openTerminal({
        house,
        folder,
        environment,
        before: page.text.includes('TOKEN') ? 'export TOKEN=$(npx parlance token --sub 1 --name Ann)\n' : '',
      });
      const read: (() => string)[] = [];
      for (const [index, block] of page.blocks.entries()) {
        if (isRun(page, block)) read.push(await carryOut(terminal, block, page.blocks[index + 1]));
      }
      if (isRestarted) await house.restart();
      const all = () => read.map((one) => one()).join('\n');
      const missing = () => heard.filter((words) => !all().includes(words));
      await until(
        () => missing().length === 0,
        () => `should hear ${missing()}: ${all()}`,
        programMs,
      );
    };
    try {
      if (isStopped) {
        await sayHello(house);
        await house.restart(carryOutAll);
      } else await carryOutAll();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  120_000,
);

/** So that there is something to move, to print and to erase. */
async function sayHello(house: OpenHouse): Promise<void> {
  const key = { 'x-api-key': 'host-key', 'content-type': 'application/json' };
  const post = (path: string, body: object) =>
    fetch(`${house.address}/api/v1/conversations${path}`, { method: 'POST', headers: key, body: JSON.stringify(body) });
  await post('', { id: 'tea', kind: 'group', members: ['1', '2'] });
  expect((await post('/tea/messages', { senderId: '1', text: 'Hello' })).status).toBe(201);
}

test('what is not run is still there', () => {
  const places = new Set(manual.flatMap((page) => page.blocks.map((block) => placeOf(page, block))));
  expect(Object.keys(unrun).filter((place) => !places.has(place))).toEqual([]);
});
