import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { guard } from './guard.ts';

const bodyMs = 1_000;
let server: EventEmitter;

beforeEach(() => {
  vi.useFakeTimers();
  server = new EventEmitter();
  guard(server as Server, { socketsPerAddress: 2, bodyMs });
});
afterEach(() => void vi.useRealTimers());

class FakeSocket extends EventEmitter {
  readonly remoteAddress: string | undefined;
  destroyed = false;
  writable = true;
  bytesWritten = 0;
  bytesRead = 0;
  answer: string | undefined;

  constructor(remoteAddress: string | undefined) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }

  end(words: string): void {
    this.answer = words.slice(9, 12);
  }
}

function connect(address: string | undefined): FakeSocket {
  const socket = new FakeSocket(address);
  server.emit('connection', socket);
  return socket;
}

test('so many sockets of one address may be open, and each that closes makes room for another', () => {
  const open = [connect('a'), connect('a')];
  expect([connect('a').destroyed, connect('b').destroyed]).toEqual([true, false]);
  expect(connect('a').destroyed).toBe(true);
  for (const socket of open) socket.destroy();
  expect([1, 2, 3].map(() => connect('a').destroyed)).toEqual([false, false, true]);
});

test('a socket that was gone before it had an address is not counted', () => {
  expect([1, 2, 3].map(() => connect(undefined).destroyed)).toEqual([false, false, false]);
});

/** A request with these headers, of which nothing has come yet. */
function ask(headers: Record<string, string>) {
  const socket = connect('a');
  const request = Object.assign(new EventEmitter(), { headers, socket, readableLength: 0, complete: false });
  server.emit('request', request);
  return { request, socket };
}

test.each([
  ['with a length', { 'content-length': '5' }],
  ['without one', { 'transfer-encoding': 'chunked' }],
  ['of a form that stands still', { 'content-length': '5', 'content-type': 'Multipart/form-data; boundary=x' }],
])('a body %s that does not come in time is given up, once', (_what, headers) => {
  const { socket } = ask(headers);
  vi.advanceTimersByTime(bodyMs - 1);
  expect(socket.answer).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(socket.answer).toBe('408');
  socket.answer = undefined;
  vi.advanceTimersByTime(5 * bodyMs);
  expect(socket.answer).toBeUndefined();
});

test('a body that trickles in is no upload, and is given up as well', () => {
  const { socket } = ask({ 'content-length': '500' });
  vi.advanceTimersByTime(bodyMs / 2);
  socket.bytesRead++;
  vi.advanceTimersByTime(bodyMs / 2);
  expect(socket.answer).toBe('408');
});

test('an upload may take as long as it moves, or waits for us', () => {
  const { request, socket } = ask({ 'content-length': '500', 'content-type': 'Multipart/form-data; boundary=x' });
  for (let times = 0; times < 5; times++) {
    socket.bytesRead++;
    vi.advanceTimersByTime(bodyMs);
  }
  request.readableLength = 10;
  vi.advanceTimersByTime(5 * bodyMs);
  expect(socket.answer).toBeUndefined();
  request.readableLength = 0;
  vi.advanceTimersByTime(bodyMs);
  expect(socket.answer).toBe('408');
});

test.each([
  ['has no body', {}],
  ['has an empty body', { 'content-length': '0' }],
])('a request that %s is waited for as long as it is answered', (_what, headers) => {
  const { socket } = ask(headers);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(5 * bodyMs);
  expect(socket.answer).toBeUndefined();
});

test('a request whose body is here, whose socket is gone, or that is over is left alone', () => {
  const [here, gone] = [ask({ 'content-length': '5' }), ask({ 'content-length': '5' })];
  here.request.complete = true;
  gone.socket.destroy();
  const over = ask({ 'content-length': '5' });
  over.request.emit('close');
  vi.advanceTimersByTime(bodyMs);
  expect([here, gone, over].map(({ socket }) => socket.answer)).toEqual([undefined, undefined, undefined]);
  expect(vi.getTimerCount()).toBe(0);
});
