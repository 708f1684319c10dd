import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdsAll, snippetOf, termsOf, wordsOf } from './words.ts';

const words = (text: string) => [...wordsOf(text)].map(({ word }) => word);

describe('the words of a text', () => {
  test.each([
    ['Tea at 4, or COFFEE?', ['tea', 'at', '4', 'or', 'coffee']],
    ['Crème brûlée – naïve', ['creme', 'brulee', 'naive']],
    ['ΣΊΣΥΦΟΣ', ['σισυφοσ']],
    ['Straße', ['straße']],
    ['don’t_stop', ['don', 't', 'stop']],
    ['茶を飲む', ['茶', 'を', '飲', 'む']],
    ['tea茶tea', ['tea', '茶', 'tea']],
    ['한국어', ['한국어'.normalize('NFKD')]],
    ['ﬁne ½ ①', ['fine', '12', '1']],
    ['👍 🫖', []],
    ['\u0301', []],
    ['x'.repeat(70), ['x'.repeat(64)]],
    ['\u{10330}'.repeat(70), ['\u{10330}'.repeat(64)]],
    ['_c1 \u0000 "OR" *', ['c1', 'or']],
    ['㌀ ヿ ໜ ｱ', ['ヿ', 'ໜ', 'ア']],
    ['', []],
  ])('%j are %j', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test('are the same however the text is dressed, and stand where they say', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const { word, start, end } of wordsOf(text)) {
          expect(words(text.slice(start, end))).toEqual([word]);
          expect(words(word)).toEqual([word]);
        }
        expect(words(text.normalize('NFD'))).toEqual(words(text.normalize('NFC')));
      }),
    );
  });
});

test.each([
  [
    'tea cup*',
    [
      ['tea', false],
      ['cup', true],
    ],
  ],
  [
    't* 茶* te*',
    [
      ['t', false],
      ['茶', false],
      ['te', true],
    ],
  ],
  [
    'Tea tea TEA*',
    [
      ['tea', false],
      ['tea', true],
    ],
  ],
  ['?!', []],
])('who asks for %j looks for %j', (asked, terms) => {
  expect(termsOf(asked).map(({ word, isPrefix }) => [word, isPrefix])).toEqual(terms);
});

test('no more terms are looked for than the limit', () => {
  expect(termsOf(Array.from({ length: 30 }, (_, n) => `w${n}`).join(' '))).toHaveLength(16);
});

test.each([
  ['tea cup', true],
  ['cup te*', true],
  ['cu', false],
  ['tea pot', false],
  ['saucer tea', true],
])('a cup of tea with a saucer attached holds %s: %s', (asked, holds) => {
  expect(holdsAll(['A cup of tea', 'saucer.png'], termsOf(asked))).toBe(holds);
});

describe('a snippet', () => {
  const marked = (text: string, asked: string): string => {
    const snippet = snippetOf(text, termsOf(asked));
    return snippet.highlights.toReversed().reduce((shown, [start, end]) => {
      return `${shown.slice(0, start)}[${shown.slice(start, end)}]${shown.slice(end)}`;
    }, snippet.text);
  };

  test('shows a short text whole', () => {
    expect(marked('Crème, and more crémes', 'creme*')).toBe('[Crème], and more [crémes]');
  });

  test('highlights whichever of the words it holds', () => {
    expect(marked('A cup of tea', 'tea pot cup')).toBe('A [cup] of [tea]');
  });

  test('cuts before or behind a character that stands where it would be cut, and never through it', () => {
    const tea = '🍵'.repeat(150);
    for (const text of [`x${tea}`, `${tea}?x`, `?${tea}?x`]) {
      const { text: shown } = snippetOf(text, termsOf('x'));
      expect(shown).toContain('…');
      expect(shown.isWellFormed()).toBe(true);
    }
  });

  test('shows what surrounds the first find of a long one, cut between words', () => {
    const text = `${'before '.repeat(40)}tea ${'after '.repeat(40)}`;
    const shown = marked(text, 'tea');
    expect(shown).toMatch(/^…before (before )*\[tea\] (after )*…$/);
    expect(shown.length).toBeLessThan(215);
  });

  test('never cuts through a character, and never highlights what it does not show', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-composite', maxLength: 400 }), fc.nat(400), (text, at) => {
        const asked = words(text)[at % 7] ?? 'x';
        const { text: shown, highlights } = snippetOf(text, [{ word: asked, isPrefix: false }]);
        expect(shown.isWellFormed()).toBe(text.isWellFormed());
        for (const [start, end] of highlights) expect(words(shown.slice(start, end))).toEqual([asked]);
      }),
    );
  });
});
