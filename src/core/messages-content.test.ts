import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWebAddress, utf8Bytes } from './messages.ts';

describe('the size of a text', () => {
  test('is the number of its bytes in UTF-8, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
        (text) => {
          expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
        },
      ),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => utf8Bytes(text) === Buffer.byteLength(text)));
  });

  test.each([
    ['', 0],
    ['a', 1],
    ['\u0000\u007f', 2],
    ['\u0080', 2],
    ['\u07ff', 2],
    ['\u0800', 3],
    ['\uffff', 3],
    ['💐', 4],
    ['\ud83d', 3],
    ['\udc90', 3],
    ['\udc90\ud83d', 6],
    ['\udc00\udc90', 6],
    ['\ud83d\ud83d\udc90', 7],
  ])('of %j is %i', (text, bytes) => {
    expect(utf8Bytes(text)).toBe(bytes);
    expect(Buffer.byteLength(text)).toBe(bytes);
  });
});

describe('a web address', () => {
  test.each([
    'http://a',
    'https://example.org/a.png?x=1#y',
    'HTTPS://EXAMPLE.ORG',
    'http://[::1]:80/',
    'https://ex\u00e4mple.org/\u{1f490}',
    `https://a/${'x'.repeat(4096 - 10)}`,
  ])('may be %s', (url) => {
    expect(isWebAddress(url)).toBe(true);
  });

  test.each([
    '',
    'example.org',
    '//example.org/a',
    '/a.png',
    'ftp://example.org',
    'javascript:alert(1)',
    'data:text/html,x',
    ' https://example.org',
    'https://example.org ',
    'https://exam ple.org',
    'https://example.org/a\nb',
    'https://example.org/\u0000',
    'https://example.org/\u007f',
    'https://',
    'https:///a',
    'https://?a',
    'xhttps://example.org',
    `https://a/${'x'.repeat(4096 - 9)}`,
  ])('is not %j', (url) => {
    expect(isWebAddress(url)).toBe(false);
  });
});
