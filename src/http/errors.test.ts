import type { Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { answerBrokenRequest } from './errors.ts';

/** What a socket in this state is told, and whether it is destroyed at once. */
function told(code: string | undefined, state: Partial<Socket> = {}): string {
  const socket = { destroyed: false, writable: true, bytesWritten: 0, ...state, destroy: vi.fn(), end: vi.fn() };
  answerBrokenRequest(Object.assign(new Error('broken'), code && { code }), socket as unknown as Socket);
  const [words] = socket.end.mock.calls[0] ?? [];
  if (typeof words === 'string') return words.slice(0, words.indexOf('\r\n'));
  return socket.destroy.mock.calls.length > 0 ? 'destroyed' : 'left alone';
}

test.each([
  [undefined, {}, 'HTTP/1.1 400 Bad Request'],
  ['HPE_INVALID_METHOD', {}, 'HTTP/1.1 400 Bad Request'],
  ['HPE_HEADER_OVERFLOW', {}, 'HTTP/1.1 431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', {}, 'HTTP/1.1 408 Request Timeout'],
  ['ERR_SSL_HTTP_REQUEST', {}, 'destroyed'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', {}, 'destroyed'],
  // An answer may be half written: what comes now would be taken for a part of it.
  ['HPE_INVALID_METHOD', { bytesWritten: 1 }, 'destroyed'],
  ['HPE_INVALID_METHOD', { writable: false }, 'destroyed'],
  ['ECONNRESET', {}, 'left alone'],
  ['HPE_INVALID_METHOD', { destroyed: true }, 'left alone'],
])('a request that is broken by %s, on a socket that is %j: %s', (code, state, expected) => {
  expect(told(code, state)).toBe(expected);
});
