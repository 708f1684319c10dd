import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parlance } from '../harness/command-line.ts';
import { until } from '../harness/until.ts';
import { Listener } from '../resume/listener.ts';
import { freePort, post, readAll, type ServerProcess, startProcess, tokenFor } from './process.ts';

const timeout = 60_000;
const senders = 12;

/** People who speak without a pause until told to stop; what was answered, in the order of the answers. */
function speakers(server: ServerProcess) {
  const answered: string[] = [];
  let isOver = false;
  const speak = async (sender: number): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      const text = `${sender} says ${n}`;
      const { status } = await post(server, '/conversations/77/messages', { senderId: '1', text });
      if (status < 300) answered.push(text);
    }
  };
  const speaking = Promise.all(Array.from({ length: senders }, (_, sender) => speak(sender)));
  return {
    answered,
    async stop() {
      isOver = true;
      await speaking;
    },
  };
}

test('a backup under load, restored, has everything that was answered before it began', { timeout }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-backup-'));
  const [DATA_DIR, copy, restored] = ['data', 'copy', 'restored'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const PORT = String(await freePort());
  let server = await startProcess(DATA_DIR, { PORT, DRAIN_MS: '200' });
  const listener = new Listener(`http://127.0.0.1:${PORT}/`, tokenFor({ sub: '2' }));
  try {
    await post(server, '/conversations', { id: '77', kind: 'group', members: ['1', '2'] });
    await listener.connected();
    const { answered, stop } = speakers(server);
    const manyAnswers = (count: number) =>
      until(
        () => answered.length >= count,
        () => `${answered.length} answers`,
      );
    await manyAnswers(300);
    const before = [...answered];
    const { code, told } = await parlance(`backup --to ${copy}`, { DATA_DIR });
    expect({ code, told }).toMatchObject({ code: 0, told: expect.stringContaining('checked') });
    await manyAnswers(answered.length + 100);
    await stop();
    await listener.hears('receive_message', answered.length);
    server.signal('SIGTERM');
    await server.ended;

    expect(await parlance(`restore --from ${copy}`, { DATA_DIR: restored })).toMatchObject({ code: 0 });
    server = await startProcess(restored, { PORT, DRAIN_MS: '200' });
    const texts = (await readAll(server, '77')).map(({ text }) => text);
    expect(before.filter((text) => !texts.includes(text))).toEqual([]);
    expect(texts.filter((text) => !answered.includes(text))).toEqual([]);
    expect(new Set(texts).size).toBe(texts.length);

    // Whoever has heard what is lost begins anew, and hears what is said from now on.
    await listener.connected(2);
    expect(listener.socket.recovered).toBe(false);
    await post(server, '/conversations/77/messages', { senderId: '1', text: 'after' });
    await listener.hears('receive_message', answered.length + 1);
    expect(listener.fields('receive_message', 'message').at(-1)).toBe('after');
  } finally {
    listener[Symbol.dispose]();
    server.signal('SIGKILL');
    await server.ended;
    await rm(folder, { recursive: true });
  }
});
