import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { quietMoment } from '../harness/until.ts';
import { Listener } from '../resume/listener.ts';
import { freePort, post, readAll, type ServerProcess, startProcess, tokenFor } from './process.ts';

let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parlance-kill-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Processes take their time to start on a busy machine. */
const timeout = 90_000;
const room = 'den';
const writers = 40;

type Answered = Map<string, string>;

/** Says text after text until the server is gone; keeps each that was answered, with the id that it was answered with. */
async function speakUntilItDies(server: ServerProcess, name: string, answered: Answered): Promise<string | undefined> {
  for (let n = 0; ; n++) {
    const text = `${name}-${n}`;
    const body = { senderId: '1', text, clientMessageId: text };
    const answer = await post(server, `/conversations/${room}/messages`, body).catch(() => undefined);
    if (answer?.status !== 201) return text;
    answered.set(text, String(answer.json.id));
  }
}

test('what was answered before kill -9 is there, once and in one order, and a repeat doubles nothing', {
  timeout,
}, async () => {
  const settings = { PORT: String(await freePort()) };
  let server = await startProcess(dataDir, settings);
  expect((await post(server, '/conversations', { id: room, kind: 'open', members: ['1', '2'] })).status).toBe(201);
  const token = tokenFor({ sub: '2' });
  using websocket = new Listener(`${server.address}/chat`, token);
  using polling = new Listener(`${server.address}/chat`, token, { transports: ['polling'] });
  const listeners = [websocket, polling];
  for (const listener of listeners) await (await listener.connected()).ask('joinRoom', room);

  const answered: Answered = new Map();
  for (let kill = 1; kill <= 3; kill++) {
    const running = server;
    const speaking = Array.from({ length: writers }, (_, n) => speakUntilItDies(running, `${kill}-${n}`, answered));
    await wait(150 + kill * 70);
    server.signal('SIGKILL');
    expect(await server.ended).toBe('SIGKILL');
    const unanswered = await Promise.all(speaking);
    server = await startProcess(dataDir, settings);
    // Nobody knows whether these were kept: said again under their ids, they are there once.
    for (const text of unanswered) {
      const body = { senderId: '1', text, clientMessageId: text };
      const { status, json } = await post(server, `/conversations/${room}/messages`, body);
      expect([200, 201]).toContain(status);
      answered.set(String(text), String(json.id));
    }
  }
  const history = await readAll(server, room);
  expect(history.map(({ text }) => text).sort()).toEqual([...answered.keys()].sort());
  for (const { id, text } of history) expect(answered.get(text)).toBe(id);
  for (const listener of listeners) {
    await listener.hears('newMessage', history.length);
    await quietMoment();
    const heard = listener.fields('newMessage', 'id') as string[];
    expect([...new Set(heard)]).toEqual(history.map(({ id }) => id));
    // Only the end of a buffer that the kill cut through may come twice.
    expect(heard.length - history.length).toBeLessThan(3 * writers);
    expect(listener.socket.recovered).toBe(true);
  }
  server.signal('SIGTERM');
  expect(await server.ended).toBe(0);
});
