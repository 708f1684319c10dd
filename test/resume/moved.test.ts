import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort, post, type ServerProcess, startProcess, tokenFor } from '../faults/process.ts';
import { openWire } from '../faults/wire.ts';
import { type Client, dial } from '../harness/clients.ts';
import { parlance } from '../harness/command-line.ts';
import { sharedPostgres } from '../harness/postgres.ts';
import { quietMoment, until } from '../harness/until.ts';
import { Listener } from './listener.ts';

/** Processes, and a database server that may have to start first. */
const timeout = 90_000;

const conversationId = '77';

/** Where each dialect connects, how it comes in, and by which name it hears a message and which field holds the text. */
const socketIo = {
  kenz: { user: '1', namespace: '/', join: undefined, event: 'receive_message', field: 'message' },
  support: { user: '2', namespace: '/', join: 'joinChat', event: 'newMessage', field: 'text' },
  direct: { user: '3', namespace: '/', join: 'join_conversation', event: 'new_message', field: 'content' },
  messaging: { user: '4', namespace: '/chat', join: 'joinRoom', event: 'newMessage', field: 'content' },
} as const;
const host = '6';

const say = async (server: ServerProcess, text: string, clientMessageId = `said ${text}`): Promise<string> => {
  const path = `/conversations/${conversationId}/messages`;
  const { status, json } = await post(server, path, { senderId: host, text, clientMessageId });
  expect(status, JSON.stringify(json)).toBeLessThan(300);
  return String(json.id);
};

const textsOf = (client: Client): readonly string[] =>
  client.heard.flatMap(({ name, payload }) =>
    name === 'chat_message' ? [String((payload as { message?: unknown }).message)] : [],
  );

test.each(['to PostgreSQL', 'back to SQLite'])(
  'clients of every dialect whose log moved %s miss nothing and double nothing',
  { timeout },
  async (way) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'parlance-moved-'));
    const places = ['sqlite:parlance.sqlite', await (await sharedPostgres()).createDatabase()];
    const [from = '', to = ''] = way === 'to PostgreSQL' ? places : places.toReversed();
    const port = String(await freePort());
    const start = (DATABASE_URL: string) => startProcess(dataDir, { PORT: port, DATABASE_URL, DRAIN_MS: '200' });
    const stop = async (server: ServerProcess) => {
      server.signal('SIGTERM');
      expect(await server.ended).toBe(0);
    };
    let server = await start(from);
    const wire = await openWire({ address: `http://127.0.0.1:${port}` });
    const listeners = new Map<keyof typeof socketIo, Listener>();
    let room: Client | undefined;
    try {
      const members = [...Object.values(socketIo).map(({ user }) => user), '5', host];
      await post(server, '/conversations', { id: conversationId, kind: 'group', members });
      for (const [name, { user, namespace, join: joins }] of Object.entries(socketIo)) {
        const listener = new Listener(wire.address + namespace, tokenFor({ sub: user }));
        listeners.set(name as keyof typeof socketIo, await listener.connected());
        if (joins !== undefined) await listener.ask(joins, conversationId);
      }
      const enter = (query: string) =>
        dial(wire.address, 'rooms', { token: tokenFor({ sub: '5' }), room: `${conversationId}/${query}` });
      room = enter('');
      await room.connected();
      const before = ['heard before 1', 'heard before 2'];
      const missed = ['missed there 1', 'missed there 2', 'missed here 1', 'missed here 2'];
      const live = ['live 1', 'live 2'];
      const heardBy = async (texts: readonly string[]) => {
        for (const [name, { event, field }] of Object.entries(socketIo)) {
          const listener = listeners.get(name as keyof typeof socketIo);
          await listener?.hears(event, texts.length);
          expect(listener?.fields(event, field), name).toEqual(texts);
        }
      };
      let lastId = '';
      for (const text of before) lastId = await say(server, text);
      await heardBy(before);
      await until(
        () => textsOf(room as Client).length === before.length,
        () => `rooms heard ${JSON.stringify(room?.heard)}`,
      );

      wire.isDown = true;
      for (const text of missed.slice(0, 2)) await say(server, text);
      await stop(server);
      const moved = await parlance(`migrate --from ${from} --to ${to}`, { DATA_DIR: dataDir });
      expect(moved).toMatchObject({ code: 0, told: expect.stringContaining('Verified') });
      server = await start(to);
      for (const text of missed.slice(2)) await say(server, text);
      wire.isDown = false;

      room = enter(`?after=${lastId}`);
      await Promise.all([...listeners.values()].map((listener) => listener.connected(2)));
      expect([...listeners.values()].map(({ socket }) => socket.recovered)).toEqual([true, true, true, true]);
      for (const text of live) await say(server, text);
      await say(server, 'said again, and not heard again', `said ${before[0]}`);
      await heardBy([...before, ...missed, ...live]);
      await quietMoment();
      await heardBy([...before, ...missed, ...live]);
      expect(textsOf(room)).toEqual([...missed, ...live]);
    } finally {
      for (const listener of listeners.values()) listener[Symbol.dispose]();
      room?.close();
      await wire[Symbol.asyncDispose]();
      await stop(server);
      await rm(dataDir, { recursive: true });
    }
  },
);
