import fc from 'fast-check';
import type { Json } from '../../src/core/model.ts';

/** Inputs that are nearly right: what is quite wrong is refused at the first look, and finds nothing behind it. */

const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** JSON texts, since not all that they say survives as a value. */
const oddTexts = [
  ...[
    'null',
    'true',
    'false',
    '0',
    '-0',
    '-1',
    '1.5',
    '1e21',
    '1e999',
    '-1e999',
    '9007199254740991',
    '9007199254740993',
  ],
  ...[
    '""',
    '" "',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00a"',
    '"\\u202egpj.exe"',
    '"👩‍👩‍👧‍👧"',
    '"e\\u0301\\u0301\\u0301"',
  ],
  ...[
    '"0"',
    '"-1"',
    '"01"',
    '"1e3"',
    '"0x10"',
    '"٣"',
    '"9007199254740993"',
    '"__proto__"',
    '"constructor"',
    '"toString"',
  ],
  ...[
    '"javascript:alert(1)"',
    '"data:text/html,<script>"',
    '"../../../etc/passwd"',
    '"<img src=x onerror=1>"',
    '"\\r\\nA: b"',
  ],
  ...['[]', '{}', '[null]', '[[[[]]]]', '{"a":{"a":{"a":{}}}}', deep(1_000)],
  ...[
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"toString":1}',
    '{"length":-1}',
  ],
  ...[`"${'x'.repeat(201)}"`, `"${'é'.repeat(9_000)}"`, `"${' '.repeat(9_000)}"`, `"${'a'.repeat(9_000)}!"`],
  ...[
    JSON.stringify(Array(300).fill(1)),
    JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [n, n]))),
  ],
];
const oddKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  '',
  '0',
  'length',
];

const oddText = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...oddTexts) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }).map((value) => JSON.stringify(value)) },
);

type Change = {
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'add' | 'wrap' | 'double';
  readonly key: string;
  readonly odd: string;
};
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(20),
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'wrap', 'double'),
  key: fc.constantFrom(...oddKeys),
  odd: oddText,
});

const mark = '\uf8ff';

/** The text of the value with one place in it changed. Odd texts are put in at the end, as they are. */
function changed(value: unknown, { at, how, key, odd }: Change): string {
  let place = at % Math.max(1, placesIn(value));
  const walk = (one: unknown): unknown => {
    if (place-- === 0) {
      if (how === 'wrap') return [one];
      if (how === 'double') return Array.isArray(one) ? [...one, ...one] : { ...Object(one), again: one };
      if (how === 'add' && isObject(one)) return Object.fromEntries([...Object.entries(one), [key, mark]]);
      if (how === 'remove' && isObject(one)) return Object.fromEntries(Object.entries(one).slice(1));
      return mark;
    }
    if (Array.isArray(one)) return one.map(walk);
    return isObject(one) ? Object.fromEntries(Object.entries(one).map(([name, field]) => [name, walk(field)])) : one;
  };
  return JSON.stringify(walk(value)).replaceAll(JSON.stringify(mark), () => odd);
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function placesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce((sum: number, one) => sum + placesIn(one), 0);
}

/** JSON texts: these values, changed in one or two places; and anything at all. */
export function nearJson(seeds: readonly Json[]): fc.Arbitrary<string> {
  const seed = fc.constantFrom(...seeds);
  const once = fc.tuple(seed, change).map(([value, how]) => changed(value, how));
  const twice = fc.tuple(once, change).map(([text, how]) => changed(JSON.parse(text), how));
  return fc.oneof(
    { weight: 6, arbitrary: once },
    { weight: 3, arbitrary: twice },
    { weight: 1, arbitrary: oddText },
    { weight: 1, arbitrary: seed.map((value) => JSON.stringify(value)) },
  );
}

const piece = fc.oneof(
  fc.constantFrom(
    '',
    '\u0000',
    '\n',
    '\r\n',
    '"',
    "'",
    '\\',
    '/',
    '..',
    '.',
    ',',
    '-',
    '[',
    ']',
    '{',
    '}',
    '%',
    '%00',
    '%ff',
    '*',
    '😀',
    '\ud800',
    '٣',
  ),
  fc.constantFrom(
    '__proto__',
    '9'.repeat(20),
    'a'.repeat(5_000),
    ' '.repeat(5_000),
    '='.repeat(100),
    'NaN',
    '1e9',
    'ſ',
    'İ',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

type Edit = { readonly from: number; readonly length: number; readonly put: string };
const edit: fc.Arbitrary<Edit> = fc.record({
  from: fc.nat(400),
  length: fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(400) }),
  put: piece,
});

/** These texts with a few places cut out, put in, or replaced; and anything at all. */
export function nearText(seeds: readonly string[]): fc.Arbitrary<string> {
  const edited = fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 3 }))
    .map(([text, edits]) =>
      edits.reduce((now, { from, length, put }) => {
        const at = from % (now.length + 1);
        return now.slice(0, at) + put + now.slice(at + length);
      }, text),
    );
  return fc.oneof(
    { weight: 8, arbitrary: edited },
    { weight: 1, arbitrary: fc.constantFrom(...seeds) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  );
}
