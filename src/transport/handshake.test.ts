import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { pathOf, queryOf, readHandshake } from './handshake.ts';

const headers = {
  host: 'inside:8000',
  'x-forwarded-for': '6.6.6.6, 203.0.113.7',
  'x-forwarded-host': 'made-up.example, chat.example',
  'x-forwarded-proto': 'http, https',
};
const request = { headers, url: '/', socket: {} } as unknown as IncomingMessage;
const shown = { auth: {}, canResume: false, room: '', dialectNames: [] };

describe('where a client comes from', () => {
  test('is what the socket says, whatever headers claim', () => {
    const handshake = readHandshake(request, '10.0.0.1', { ...shown, isProxyTrusted: false });
    expect(handshake).toMatchObject({ address: '10.0.0.1', host: 'inside:8000', isSecure: false });
  });

  test('is what a trusted proxy has seen itself, not what it was told', () => {
    const handshake = readHandshake(request, '10.0.0.1', { ...shown, isProxyTrusted: true });
    expect(handshake).toMatchObject({ address: '203.0.113.7', host: 'chat.example', isSecure: true });
  });

  test('is what the socket says where a trusted proxy says nothing', () => {
    const bare = { headers: { host: 'inside:8000' }, url: '/', socket: {} } as unknown as IncomingMessage;
    const handshake = readHandshake(bare, '10.0.0.1', { ...shown, isProxyTrusted: true });
    expect(handshake).toMatchObject({ address: '10.0.0.1', host: 'inside:8000', isSecure: false });
    const silent = { headers: { 'x-forwarded-for': ' ', 'x-forwarded-host': 'made-up.example,' }, socket: {} };
    const same = readHandshake(silent, '10.0.0.1', { ...shown, isProxyTrusted: true });
    expect(same).toMatchObject({ address: '10.0.0.1', host: undefined });
  });

  test.each([false, true])(
    'is a socket of TLS where nobody says otherwise, with a trusted proxy: %s',
    (isProxyTrusted) => {
      const secure = { headers: {}, url: '/', socket: { encrypted: true } } as unknown as IncomingMessage;
      expect(readHandshake(secure, '10.0.0.1', { ...shown, isProxyTrusted }).isSecure).toBe(true);
      const forwarded = { ...secure, headers: { 'x-forwarded-proto': 'http' } } as unknown as IncomingMessage;
      expect(readHandshake(forwarded, '10.0.0.1', { ...shown, isProxyTrusted }).isSecure).toBe(!isProxyTrusted);
    },
  );
});

test.each([
  ['token=abc', 'abc'],
  ['a=1; token=abc; b=2', 'abc'],
  ['xtoken=1; token = abc ', 'abc'],
  ['token=one; token=two', 'one'],
  ['token=a=b', 'a=b'],
  ['token=a%20b', 'a b'],
  ['token=%zz', ''],
  ['token="abc"', 'abc'],
  ['token=""', ''],
  ['token="', '"'],
  ['token="abc', '"abc'],
  ['token=abc"', 'abc"'],
  ['token', undefined],
  ['', undefined],
])('of the cookies %s the token is read as browsers and servers write them', (cookie, token) => {
  const { credentials } = readHandshake({ headers: { cookie }, socket: {} }, '::1', {
    ...shown,
    isProxyTrusted: false,
  });
  expect(credentials.cookie).toBe(token);
});

test('what a client shows to come back is text, or nothing', () => {
  const show = (auth: object, canResume: boolean) =>
    readHandshake(request, '::1', { ...shown, auth: { ...auth }, canResume, isProxyTrusted: false }).resume;
  expect(show({ pid: 'p', offset: 7 }, true)).toEqual({ pid: 'p', offset: undefined });
  expect(show({ pid: {}, offset: 'o' }, true)).toEqual({ pid: undefined, offset: 'o' });
  expect(show({ pid: 'p', offset: 'o' }, false)).toBeUndefined();
});

test.each([
  ['/a/b?c=d?e', '/a/b', 'c=d%3Fe'],
  ['/a', '/a', ''],
  ['?c', '', 'c='],
  [undefined, '/', ''],
])('of the target %s path and query are told apart', (url, path, query) => {
  expect([pathOf(url), queryOf(url).toString()]).toEqual([path, query]);
});
