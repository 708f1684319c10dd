import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isHeavier } from './payload-weight.ts';

describe('the weight of a payload', () => {
  test.each([
    ['nothing', undefined, 4],
    ['a text', 'abc', 5],
    ['a text of many bytes', '💐', 6],
    ['bytes', Buffer.alloc(100), 100],
    ['an array', [1, 2], 12],
    ['an object', { ab: 'c' }, 11],
    ['an empty object', {}, 2],
    ['an object without texts', { a: null }, 11],
    ['an object whose texts have three bytes a character', { a: '€'.repeat(10) }, 39],
    ['bytes without a view', new ArrayBuffer(100), 100],
  ])('of %s is counted', (_what, payload, weight) => {
    expect(isHeavier(payload, weight)).toBe(false);
    expect(isHeavier(payload, weight - 1)).toBe(true);
  });

  test('is about that of its JSON, texts and keys never less', () => {
    const texts = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'grapheme' }),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(texts, (payload) => {
        // Escapes apart, which cost a sender more than this server.
        const bytes = Buffer.byteLength(JSON.stringify(payload).replaceAll(/\\u[0-9a-f]{4}|\\./g, 'x'));
        expect(isHeavier(payload, 2 * bytes + 8)).toBe(false);
        expect(isHeavier(payload, bytes / 2 - 4)).toBe(true);
      }),
    );
  });

  test('is found however deep it lies, without going down', () => {
    let deep: unknown = 'x'.repeat(1000);
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(isHeavier(deep, 10_000_000)).toBe(false);
    expect(isHeavier(deep, 1000)).toBe(true);
  });
});
