import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idPattern, isId, isWebAddress } from './forms.ts';

describe('an id', () => {
  test.each(['a', '7', ' ', '__proto__', 'a b', '💐', '💐'.repeat(200), 'x'.repeat(200)])('may be %s', (id) => {
    expect(isId(id)).toBe(true);
  });

  test.each(['', 'x'.repeat(201), '💐'.repeat(201), 'a\u0000', 'a\nb', '\u0085', '\ud83d', 'a\udc90'])(
    'is not %j',
    (id) => {
      expect(isId(id)).toBe(false);
      expect(new RegExp(idPattern, 'u').test(id)).toBe(false);
    },
  );
});

describe('a web address', () => {
  test.each([
    'http://a',
    'https://example.org/a.png?x=1#y',
    'HTTPS://EXAMPLE.ORG',
    'http://[::1]:80/',
    'http://a:65535?x',
    'http://a:/#y',
    'https://ann:secret@example.org/',
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
    'http://[',
    'http://[::1',
    'http://a:b',
    'http://a:65536',
    'http://a:-1',
    'http://a]b',
    'http://ann@',
    'http://ann@bob@example.org',
    'http:\\\\example.org',
    `https://a/${'x'.repeat(4096 - 9)}`,
  ])('is not %j', (url) => {
    expect(isWebAddress(url)).toBe(false);
  });

  test('is whatever addresses browsers and Node can read, as far as it needs no blanks', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
        expect(isWebAddress(url)).toBe(true);
        expect(URL.canParse(url)).toBe(true);
      }),
    );
  });
});
