import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Block, blocks, type Inline, inlines, plainText } from './formatting.ts';

const textOf = (inside: readonly Inline[]): string =>
  inside.map((each) => ('inside' in each ? textOf(each.inside) : each.text)).join('');

test.each([
  ['plain words', [{ is: 'text', text: 'plain words' }]],
  ['`a < b`', [{ is: 'code', text: 'a < b' }]],
  ['**bold**', [{ is: 'strong', inside: [{ is: 'text', text: 'bold' }] }]],
  ['2 * 3 * 4', [{ is: 'text', text: '2 * 3 * 4' }]],
  ['snake_case_name', [{ is: 'text', text: 'snake_case_name' }]],
  ['~~gone~~', [{ is: 'struck', inside: [{ is: 'text', text: 'gone' }] }]],
  [
    'so *much* better',
    [
      { is: 'text', text: 'so ' },
      { is: 'emphasis', inside: [{ is: 'text', text: 'much' }] },
      { is: 'text', text: ' better' },
    ],
  ],
  ['@... who?', [{ is: 'text', text: '@... who?' }]],
])('%s is read as people mean it', (text, expected) => {
  expect(inlines(text)).toEqual(expected);
});

test('links end before what ends the sentence', () => {
  expect(inlines('See https://example.com/a?b=c, please.')).toEqual([
    { is: 'text', text: 'See ' },
    { is: 'link', text: 'https://example.com/a?b=c', href: 'https://example.com/a?b=c' },
    { is: 'text', text: ', please.' },
  ]);
  expect(inlines('(https://example.com/x)')[1]).toMatchObject({ text: 'https://example.com/x' });
});

test('names are mentioned, addresses of mail are not', () => {
  expect(inlines('Hello @Ann. And ann@example.com')).toEqual([
    { is: 'text', text: 'Hello ' },
    { is: 'mention', text: '@Ann' },
    { is: 'text', text: '. And ann@example.com' },
  ]);
});

test.each([
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'https://bank.example@evil.example/',
  '<a href="javascript:alert(1)">x</a>',
  'https://',
])('%s is no link', (text) => {
  const links = (list: readonly Inline[]): readonly Inline[] =>
    list.flatMap((each) => ('inside' in each ? links(each.inside) : each.is === 'link' ? [each] : []));
  expect(links(inlines(text))).toEqual([]);
});

test('code keeps every sign, and quotes stand apart', () => {
  const found: readonly Block[] = blocks('Look:\n```js\nif (a<b) **x**\n```\n> said before\nand now');
  expect(found).toEqual([
    { is: 'paragraph', inside: [{ is: 'text', text: 'Look:' }] },
    { is: 'code', text: 'if (a<b) **x**' },
    { is: 'quote', inside: [{ is: 'text', text: 'said before' }] },
    { is: 'paragraph', inside: [{ is: 'text', text: 'and now' }] },
  ]);
});

test('in one line the marks are left out', () => {
  expect(plainText('**Two** boxes\n> quoted\n```\ncode\n```')).toBe('Two boxes quoted code');
});

test('no letter is ever lost, whatever is written', () => {
  const part = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('**', '*', '_', '~~', '`', '@a', 'https://e.x/', ' '),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const text = parts.join('');
      const bare = (words: string) => words.replace(/[*_~`]/g, '');
      expect(bare(textOf(inlines(text)))).toBe(bare(text));
    }),
  );
});

test('no text is slow to read', () => {
  const startedAt = performance.now();
  for (const evil of ['**a', '*a', '_a', '~~a', '`a', '@', 'https://a@', '```', '> ', '_', '*']) {
    blocks(evil.repeat(16_384 / evil.length));
  }
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});
