import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Held } from './held.ts';

let server: Server;
let near: Socket;
let far: Socket;
let heard: string;

beforeEach(async () => {
  server = createServer((socket) => {
    near = socket;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  far = connect((server.address() as AddressInfo).port, '127.0.0.1');
  heard = '';
  far.on('data', (bytes) => {
    heard += String(bytes);
  });
  await Promise.all([once(server, 'connection'), once(far, 'connect')]);
});

afterEach(() => {
  far.destroy();
  near.destroy();
  server.close();
});

const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 });

describe('what is held', () => {
  it('leaves in one write with what is said until it is released, in order', async () => {
    const inside = Socket.prototype as unknown as { _write(): void; _writev(): void };
    const writes = vi.spyOn(inside, '_write');
    const together = vi.spyOn(inside, '_writev');
    using held = new Held(60_000);
    held.hold(near);
    held.hold(near);
    for (const part of ['one', 'two', 'three']) near.write(part);
    expect([writes.mock.calls.length, together.mock.calls.length]).toEqual([0, 0]);
    held.release(near);
    held.release(near);
    expect([writes.mock.calls.length, together.mock.calls.length]).toEqual([0, 1]);
    await until(() => expect(heard).toBe('onetwothree'));
    near.write('four');
    await until(() => expect(heard).toBe('onetwothreefour'));
    vi.restoreAllMocks();
  });

  it('leaves by itself after a while', async () => {
    using held = new Held(20);
    held.hold(near);
    near.write('late');
    await until(() => expect(heard).toBe('late'));
  });

  it('never waits for longer than it may', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    using held = new Held(1_000);
    vi.advanceTimersByTime(1);
    held.hold(near);
    vi.advanceTimersByTime(700);
    expect(near.writableCorked).toBe(1);
    vi.advanceTimersByTime(300);
    expect(near.writableCorked).toBe(0);
    vi.useRealTimers();
  });

  it('leaves at the end', async () => {
    const held = new Held(60_000);
    held.hold(near);
    near.write('last');
    held[Symbol.dispose]();
    await until(() => expect(heard).toBe('last'));
  });
});
