import { describe, expect, test } from 'vitest';
import { findCredential, mayUseCookie, withoutBearer } from './credentials.ts';

const nowhere = { auth: undefined, authorization: undefined, query: undefined, cookie: undefined };

describe('a token', () => {
  test.each([
    ['auth first of all', { auth: 'a', authorization: 'h', query: 'q', cookie: 'c' }, { from: 'auth', token: 'a' }],
    ['the header before the query', { authorization: 'h', query: 'q', cookie: 'c' }, { from: 'header', token: 'h' }],
    ['the query before the cookie', { query: 'q', cookie: 'c' }, { from: 'query', token: 'q' }],
    ['the cookie last', { cookie: 'c' }, { from: 'cookie', token: 'c' }],
    ['the next place where one is empty', { auth: '', authorization: 'h' }, { from: 'header', token: 'h' }],
    ['the next place where one is null', { auth: null, query: 'q' }, { from: 'query', token: 'q' }],
    ['auth with Bearer', { auth: 'Bearer a' }, { from: 'auth', token: 'a' }],
    ['the query with bearer in any case', { query: 'bEaReR  q' }, { from: 'query', token: 'q' }],
  ])('is taken from %s', (_where, credentials, found) => {
    expect(findCredential({ ...nowhere, ...credentials })).toEqual({ is: 'token', ...found });
  });

  test.each([
    ['a number', { auth: 5 }],
    ['zero', { auth: 0 }],
    ['false', { auth: false }],
    ['an object', { auth: { token: 'a' } }],
    ['two in the query', { query: ['a', 'b'] }],
    ['Bearer alone', { authorization: 'Bearer ' }],
    ['blanks', { auth: '  ' }],
  ])('that is %s is wrong, even where a good one stands in a later place', (_what, credentials) => {
    expect(findCredential({ ...nowhere, cookie: 'good', ...credentials })).toEqual({ is: 'wrong' });
  });

  test('may be missing', () => {
    expect(findCredential(nowhere)).toEqual({ is: 'missing' });
  });

  test('that begins like Bearer keeps its letters', () => {
    expect(withoutBearer('bearerish')).toBe('bearerish');
    expect(withoutBearer('Bearer bearer.x')).toBe('bearer.x');
  });
});

describe('a cookie', () => {
  const allowed = new Set(['https://example.org']);
  test.each([
    ['https://example.org', 'cross-site', true],
    ['https://example.org', undefined, true],
    ['https://evil.example', 'same-origin', false],
    ['http://example.org', undefined, false],
    ['https://example.org.evil.example', undefined, false],
    ['null', undefined, false],
    ['', undefined, false],
    [undefined, undefined, true],
    [undefined, 'none', true],
    [undefined, 'same-origin', true],
    [undefined, 'same-site', false],
    [undefined, 'cross-site', false],
    [undefined, 'nonsense', false],
  ])('with Origin %s and Sec-Fetch-Site %s counts: %s', (origin, secFetchSite, outcome) => {
    expect(mayUseCookie({ origin, secFetchSite }, allowed)).toBe(outcome);
  });
});
