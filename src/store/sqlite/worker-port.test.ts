import { afterEach, describe, expect, test } from 'vitest';
import { StoreUnavailable } from '../../app/ports.ts';
import { WorkerPort } from './worker-port.ts';

const workerEnd = JSON.stringify(new URL('./worker-end.ts', import.meta.url).href);

/** A worker that repeats what it is told, fails when asked to, and dies when asked to. */
const parrot = new URL(
  `data:text/javascript,${encodeURIComponent(`
    const { answerQuestions } = await import(${workerEnd});
    const { workerData: closed } = await import('node:worker_threads');
    answerQuestions(() => ({
      answer(asked, text) {
        if (asked === 'fail') throw new Error(text);
        if (asked === 'die') process.exit(1);
        return text;
      },
      close() {
        if (closed) Atomics.add(closed, 0, 1);
      },
    }));
  `)}`,
);

describe.each([{ asksTogether: false }, { asksTogether: true }])('the port of a worker, %j', (options) => {
  const opened: WorkerPort[] = [];
  afterEach(async () => {
    for (const port of opened.splice(0)) await port[Symbol.asyncDispose]();
  });
  const open = async (): Promise<WorkerPort> => {
    const port = await WorkerPort.open(parrot, undefined, options);
    opened.push(port);
    return port;
  };

  test('answers each question with its own answer', async () => {
    const port = await open();
    const answers = await Promise.all(['a', 'b', 'c'].map((text) => port.ask('repeat', text)));
    expect(answers).toEqual(['a', 'b', 'c']);
  });

  test('answers more questions than fit into one message back', async () => {
    const port = await open();
    const texts = Array.from({ length: 100 }, (_, index) => String(index));
    expect(await Promise.all(texts.map((text) => port.ask('repeat', text)))).toEqual(texts);
  });

  test('rejects a question that the worker fails at, and goes on', async () => {
    const port = await open();
    await expect(port.ask('fail', 'no such table')).rejects.toThrow('no such table');
    expect(await port.ask('repeat', 'a')).toBe('a');
  });

  test('rejects what waits when the worker dies, and starts another one', async () => {
    const port = await open();
    const lost = [port.ask('die', ''), port.ask('repeat', 'lost')];
    for (const answer of lost) await expect(answer).rejects.toThrow(/in the middle of its work/);
    await expect(port.ask('repeat', 'too early')).rejects.toThrow(StoreUnavailable);
    await expect.poll(() => port.ask('repeat', 'again').catch(() => 'not yet')).toBe('again');
  });

  test('closes also the one that is being started in the place of one that died', async () => {
    const closed = new Int32Array(new SharedArrayBuffer(4));
    const port = await WorkerPort.open(parrot, closed, options);
    await expect(port.ask('die', '')).rejects.toThrow(/in the middle of its work/);
    await port[Symbol.asyncDispose]();
    expect(Atomics.load(closed, 0)).toBe(1);
  });

  test('tells why a worker could not be opened', async () => {
    const broken = new URL(`data:text/javascript,${encodeURIComponent(`throw new Error('no disk')`)}`);
    await expect(WorkerPort.open(broken, undefined, options)).rejects.toThrow(/no disk/);
  });

  test('answers what waits before it closes, and refuses what comes after', async () => {
    const port = await open();
    const last = port.ask('repeat', 'last');
    const closing = port[Symbol.asyncDispose]();
    await expect(port.ask('repeat', 'late')).rejects.toThrow(StoreUnavailable);
    await closing;
    expect(await last).toBe('last');
  });
});
