import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8Bytes } from './messages.ts';

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
