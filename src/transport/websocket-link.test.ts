import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { FakeDoor } from '../../test/harness/fake-door.ts';
import { Chunk } from '../gateway/transport.ts';
import type { Written } from './fast-write.ts';
import { webSocketPackaging } from './websocket.ts';
import { type RoomSocket, WebSocketLink } from './websocket-link.ts';

/** A link over a socket that answers its writes so. */
function scene(written: Written, readyState: number = WebSocket.OPEN) {
  const socket = { readyState, bufferedAmount: 500, write: vi.fn(() => written), send: vi.fn() };
  const close = vi.fn();
  const others = { pause: vi.fn(), resume: vi.fn(), close, terminate: vi.fn() };
  const door = new FakeDoor(webSocketPackaging);
  const mount = { door, closeWords: () => ({ code: 4000, words: '' }), report: vi.fn() };
  const release = vi.fn();
  const link = new WebSocketLink({ ...socket, ...others } as unknown as RoomSocket, mount, release);
  return { socket, door, link, release, close };
}

const chunks = [new Chunk(['1', '2'], webSocketPackaging), new Chunk(['3'], webSocketPackaging)];

test('what cannot be written past the library is sent by it, packet by packet, and what was held leaves with it', () => {
  const { socket, link, release } = scene('not');
  link.send(chunks);
  expect(socket.send.mock.calls).toEqual([['1'], ['2'], ['3']]);
  expect(release).toHaveBeenCalledTimes(1);
});

test.each([
  ['flowing', 0],
  ['waiting', 500],
] as const)('what is written is left to nobody else, and counts as unsent unless it flows: %s', (written, unsent) => {
  const { socket, link } = scene(written);
  link.send(chunks);
  expect(socket.send).not.toHaveBeenCalled();
  expect(link.bufferedBytes).toBe(unsent);
});

test('nothing is written to whoever is going away', () => {
  const { socket, link } = scene('flowing', WebSocket.CLOSING);
  link.send(chunks);
  expect([socket.write.mock.calls, socket.send.mock.calls]).toEqual([[], []]);
});

test('the door does not open to whoever was closed or has gone while it thought', () => {
  for (const end of ['close', 'end'] as const) {
    const { door, link } = scene('flowing');
    link[end]('shutdown');
    link.open('ann');
    expect([door.forsaken, door.sessions]).toEqual([['ann'], []]);
  }
});

test('what is said before the door has opened, or after it was closed, is heard by nobody, and it is closed once', () => {
  const { door, link, close } = scene('flowing');
  link.hear('{"early":1}');
  link.open('ann');
  link.hear('{"heard":1}');
  link.close('shutdown');
  link.close('shutdown');
  link.hear('{"late":1}');
  expect(door.heard.map(({ payload }) => payload)).toEqual([{ heard: 1 }]);
  expect(close).toHaveBeenCalledTimes(1);
});
