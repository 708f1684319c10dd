import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { refuse } from '../core/refusals.ts';
import {
  clientMessageIdFrom,
  idAsNumber,
  isJsonObject,
  looseId,
  messageIdFrom,
  milliseconds,
  missingContent,
  wholeSeconds,
} from './wire.ts';

describe('an id on its way in', () => {
  const fits = Compile(looseId('An id.'));

  test.each([0, 7, Number.MAX_SAFE_INTEGER, '7', 'tea', ' ', '__proto__', 'x'.repeat(200), '\u{1f375}'.repeat(200)])(
    '%j is one',
    (id) => {
      expect(fits.Check(id)).toBe(true);
    },
  );

  test.each([
    -1,
    0.5,
    2 ** 53,
    Number.NaN,
    '',
    'x'.repeat(201),
    'a\nb',
    'tea\n',
    '\u0000',
    '\u0085',
    '\ud800',
    null,
    undefined,
    true,
    {},
    ['7'],
  ])('%j is none', (id) => {
    expect(fits.Check(id)).toBe(false);
  });

  test('is not made short by marks that combine', () => {
    expect(fits.Check(`e${'\u0301'.repeat(5000)}`)).toBe(false);
  });
});

test.each([
  ['0', 0],
  ['41', 41],
  ['9007199254740991', 9007199254740991],
  ['9007199254740992', '9007199254740992'],
  ['99999999999999999999', '99999999999999999999'],
  ['041', '041'],
  ['-1', '-1'],
  ['1.0', '1.0'],
  ['1e3', '1e3'],
  [' 1', ' 1'],
  ['-0', '-0'],
  ['', ''],
  ['Infinity', 'Infinity'],
  ['tea', 'tea'],
  ['7 ', '7 '],
  ['1000123', 1_000_123],
  ['012345678901234', '012345678901234'],
  ['999999999999999', 999_999_999_999_999],
  ['0000000000000000', '0000000000000000'],
])('the id %j is written as %j where ids are numbers', (id, written) => {
  expect(idAsNumber(id)).toBe(written);
});

test.each([
  ['12', 12],
  [12, 12],
  ['0', 0],
  ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ['012', undefined],
  [-1, undefined],
  [1.5, undefined],
  ['', undefined],
  ['last', undefined],
  [null, undefined],
  [undefined, undefined],
  [{}, undefined],
])('%j names the message %j', (value, id) => {
  expect(messageIdFrom(value)).toBe(id);
});

test('times are UTC, with or without a fraction', () => {
  const at = Date.UTC(2031, 11, 31, 23, 59, 59, 999);
  expect(milliseconds(at)).toBe('2031-12-31T23:59:59.999Z');
  expect(wholeSeconds(at)).toBe('2031-12-31T23:59:59Z');
});

test.each([
  [{}, undefined],
  [{ clientMessageId: null }, undefined],
  [{ clientMessageId: 'a', metadata: { clientMessageId: 'b' } }, 'a'],
  [{ metadata: { clientMessageId: 'b' } }, 'b'],
  [{ metadata: { clientMessageId: 'x'.repeat(201) } }, undefined],
  [{ metadata: Object.create({ clientMessageId: 'inherited' }) }, undefined],
  [{ metadata: 'b' }, undefined],
  [{ metadata: null }, undefined],
])('%j bears the client message id %j', (payload, id) => {
  expect(clientMessageIdFrom(payload)).toBe(id);
});

test.each([
  [{ of: ['text', true, false, null, 0, -1.5, { deeper: [] }] }, true],
  [{ of: Number.NaN }, false],
  [{ of: undefined }, false],
  [{ of: Buffer.from('bytes') }, false],
  [{ of: new Date(0) }, false],
  [['no object'], false],
  ['text', false],
  [null, false],
])('%j is an object of plain JSON: %s', (value, isOne) => {
  expect(isJsonObject(value)).toBe(isOne);
});

test('plain JSON is 32 objects deep at the most', () => {
  const nested = (depth: number): object => (depth === 1 ? {} : { inner: nested(depth - 1) });
  expect(isJsonObject(nested(32))).toBe(true);
  expect(isJsonObject(nested(33))).toBe(false);
});

test('missing content is refused in the words of the core', () => {
  expect(missingContent).toEqual(refuse('MISSING_CONTENT'));
});
