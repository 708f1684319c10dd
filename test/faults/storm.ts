import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { numberOption } from '../harness/number-option.ts';
import { LightClient } from './light-client.ts';
import { freePort, post, readAll, type ServerProcess, startProcess, tokenFor } from './process.ts';

/**
 * SIGTERM while everybody is connected and messages flow, and everybody back after the restart. Run it by itself to see the
 * figures: `node test/faults/storm.ts --clients 5000`.
 */
export type Storm = {
  readonly clients: number;
  /** From SIGTERM to the end of the process. */
  readonly stopMs: number;
  /** From the first lost connection to the last: how the waves are spread. */
  readonly wavesMs: number;
  /** Of the new process, until it listens. */
  readonly startMs: number;
  /** From listening until all clients are in again and have heard what they missed. */
  readonly backMs: number;
  readonly recovered: number;
  /** Messages that clients missed, all together. */
  readonly missed: number;
  readonly lost: number;
  readonly doubled: number;
  /** Of messages that were under way at SIGTERM: kept ones, those of them whose sender was not told, and empty promises. */
  readonly inHand: { readonly kept: number; readonly keptButNotAnswered: number; readonly answeredButNotKept: number };
  /** What the store was asked for while everybody came back. */
  readonly storeCalls: Record<string, number>;
  readonly exitCode: number | NodeJS.Signals;
};

const perRoom = 10;
const counted = ['test/faults/counted-server.ts'];
/** Longer than any token bucket or grace would explain; a busy machine may need it. */
const patienceMs = 60_000;

async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Waited in vain until ${what}.`);
    await wait(5);
  }
}

/** What the process printed last of what its store was asked for. */
async function countsOf(server: ServerProcess): Promise<Record<string, number>> {
  const lines = () => server.output().match(/^counts .*$/gm) ?? [];
  const before = lines().length;
  server.signal('SIGUSR2');
  await until(() => lines().length > before, 'the counts were told');
  return JSON.parse((lines().at(-1) ?? '').slice('counts '.length)) as Record<string, number>;
}

/** Speaks in the rooms, one after the other, until told to stop; refused and broken requests are let go. */
function speak(server: ServerProcess, rooms: readonly string[]): () => Promise<void> {
  let isOver = false;
  const spoken = (async () => {
    for (let n = 0; !isOver; n++) {
      const room = rooms[n % rooms.length] ?? '';
      const said = post(server, `/conversations/${room}/messages`, { senderId: `u${room}-0`, text: `${n}` });
      if ((await said.catch(() => undefined)) === undefined) return;
    }
  })();
  return async () => {
    isOver = true;
    await spoken;
  };
}

export async function storm(count: number): Promise<Storm> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-storm-'));
  const settings = { PORT: String(await freePort()), CONNECTIONS_PER_ADDRESS: '100000' };
  const clients: LightClient[] = [];
  let server = await startProcess(dataDir, settings, counted);
  try {
    const rooms = Array.from({ length: Math.ceil(count / perRoom) }, (_, index) => String(1000 + index));
    const roomOf = (index: number) => rooms[Math.floor(index / perRoom)] ?? '';
    for (const id of rooms) {
      const members = Array.from({ length: perRoom }, (_, index) => `u${id}-${index}`);
      await post(server, '/conversations', { id, kind: 'group', members });
    }
    for (let index = 0; index < count; index++) {
      clients.push(new LightClient(server.address, tokenFor({ sub: `u${roomOf(index)}-${index % perRoom}` })));
      if (index % 100 === 99) await until(() => clients.every((one) => one.isConnected), 'a hundred more were in');
    }
    await until(() => clients.every((one) => one.isConnected), 'all were in');

    const stops = Array.from({ length: 5 }, () => speak(server, rooms));
    await wait(500);
    // A batch in hand: what these say is answered before they are let go, or not kept.
    const speakers = clients.filter((_, index) => index % perRoom === 0);
    for (const [index, speaker] of speakers.entries()) speaker.say(roomOf(index * perRoom), 'in hand', 1);
    const stoppedAt = performance.now();
    server.signal('SIGTERM');
    const exitCode = await server.ended;
    const stopMs = performance.now() - stoppedAt;
    for (const stop of stops) await stop();
    const heardBefore = clients.map((one) => one.ids.length);

    const startedAt = performance.now();
    server = await startProcess(dataDir, settings, counted);
    const listeningAt = performance.now();
    await until(() => clients.every((one) => one.isConnected && one.connects === 2), 'all were in again');
    const histories = new Map<string, { readonly id: number; readonly text: string }[]>();
    const storeCalls = await countsOf(server);
    for (const room of rooms) {
      histories.set(
        room,
        (await readAll(server, room)).map(({ id, text }) => ({ id: Number(id), text })),
      );
    }

    const historyOf = (index: number) => histories.get(roomOf(index)) ?? [];
    await until(
      () => clients.every((one, index) => one.ids.length >= historyOf(index).length),
      'all had heard what they missed',
    );
    await wait(100);
    let [lost, doubled, missed] = [0, 0, 0];
    clients.forEach((one, index) => {
      const heard = new Set(one.ids);
      lost += historyOf(index).filter(({ id }) => !heard.has(id)).length;
      doubled += one.ids.length - heard.size;
      missed += one.ids.length - (heardBefore[index] ?? 0);
    });
    const lostAt = clients.map((one) => one.lostAt);
    const inHand = { kept: 0, keptButNotAnswered: 0, answeredButNotKept: 0 };
    speakers.forEach((speaker, index) => {
      const answer = speaker.answers.get(1) as { id?: number } | undefined;
      const kept = historyOf(index * perRoom).find(({ text }) => text === 'in hand');
      if (kept) inHand.kept++;
      if (kept && answer?.id !== kept.id) inHand.keptButNotAnswered++;
      if (answer?.id !== undefined && answer.id !== kept?.id) inHand.answeredButNotKept++;
    });
    return {
      clients: count,
      stopMs: Math.round(stopMs),
      wavesMs: Math.round(Math.max(...lostAt) - Math.min(...lostAt)),
      startMs: Math.round(listeningAt - startedAt),
      backMs: Math.round(Math.max(...clients.map((one) => Math.max(one.connectedAt, one.heardAt))) - listeningAt),
      recovered: clients.filter((one) => one.recoveries === 1).length,
      missed,
      lost,
      doubled,
      inHand,
      storeCalls,
      exitCode,
    };
  } finally {
    for (const client of clients) client[Symbol.dispose]();
    server.signal('SIGKILL');
    await server.ended;
    await rm(dataDir, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { clients: { type: 'string', default: '5000' } } });
  const clients = numberOption('clients', values.clients, { isWhole: true });
  process.stdout.write(`${JSON.stringify(await storm(clients), undefined, 2)}\n`);
}
