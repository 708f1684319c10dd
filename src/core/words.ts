import type { Message } from './model.ts';

/** What the words of a text are, for whoever searches in it. The same for every store. */

/** Letters beyond it are no part of a word. */
const wordLimit = 64;
/** Written without blanks between words: each character counts as one. */
const unspaced = String.raw`\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}`;
const runs = new RegExp(String.raw`[${unspaced}]\p{M}*|[[\p{L}\p{N}\p{M}]--[${unspaced}]]+`, 'gv');
const beginsUnspaced = new RegExp(`^[${unspaced}]`, 'v');
const plainRuns = /[a-z0-9]+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ascii = /^[\u0000-\u007f]*$/;

/** A word as it is compared, and where it stands in its text. */
export type Word = { readonly word: string; readonly start: number; readonly end: number };

/** The words of a text in their order: runs of letters and digits, without accents, case or compatibility forms. */
export function* wordsOf(text: string): Generator<Word> {
  const isPlain = ascii.test(text);
  for (const match of isPlain ? text.toLowerCase().matchAll(plainRuns) : text.matchAll(runs)) {
    const [run] = match;
    const word = isPlain ? run.slice(0, wordLimit) : fold(run);
    if (word !== '') yield { word, start: match.index, end: match.index + run.length };
  }
}

function fold(run: string): string {
  let plain = lettersOnly(run.normalize('NFKD'));
  // One character that stands for several, each of which would be a word, stays itself.
  if (plain.length > 1 && [...plain].length > 1 && beginsUnspaced.test(run)) plain = lettersOnly(run.normalize('NFD'));
  return [...plain.slice(0, 2 * wordLimit)].slice(0, wordLimit).join('');
}

const lettersOnly = (run: string): string =>
  run
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '')
    .replaceAll('ς', 'σ');

/** The words of a message as they are taken in, each once: its text's, and those of what is attached. */
export function indexedWords({ text, attachment }: Pick<Message, 'text' | 'attachment'>): ReadonlySet<string> {
  const words = new Set<string>();
  for (const { word } of wordsOf(text)) words.add(word);
  if (attachment?.name !== undefined) for (const { word } of wordsOf(attachment.name)) words.add(word);
  return words;
}

/** A word that a message must contain, or the beginning of one. */
export type Term = { readonly word: string; readonly isPrefix: boolean };

const termsLimit = 16;
/** Shorter beginnings would find half of everything. */
const prefixLetters = 2;

/** What somebody who asks for these words looks for: all of them; `tea*` is any word that begins so. */
export function termsOf(asked: string): readonly Term[] {
  const terms = new Map<string, Term>();
  for (const { word, end } of wordsOf(asked)) {
    const isPrefix = asked[end] === '*' && [...word].length >= prefixLetters;
    terms.set(`${word}${isPrefix ? '*' : ''}`, { word, isPrefix });
  }
  return [...terms.values()].slice(0, termsLimit);
}

const fits = ({ word, isPrefix }: Term, found: string): boolean => (isPrefix ? found.startsWith(word) : found === word);

/** Are all the terms among the words of the texts? */
export function holdsAll(texts: readonly string[], terms: readonly Term[]): boolean {
  const missing = new Set(terms);
  for (const text of texts) {
    for (const { word } of wordsOf(text)) {
      for (const term of missing) if (fits(term, word)) missing.delete(term);
      if (missing.size === 0) return true;
    }
  }
  return missing.size === 0;
}

/** A part of a text around the first word that was looked for. */
export type Snippet = {
  readonly text: string;
  /** Where in it such words stand: first character and the one behind the last, in UTF-16 units. */
  readonly highlights: readonly (readonly [start: number, end: number])[];
};

const snippetBefore = 60;
const snippetLength = 200;

/** Cuts between words where there is a blank near enough; `…` stands for what was left out. */
export function snippetOf(text: string, terms: readonly Term[]): Snippet {
  const found = [...wordsOf(text)].filter(({ word }) => terms.some((term) => fits(term, word)));
  const first = found[0]?.start ?? 0;
  const start = first <= snippetBefore ? 0 : cutAt(text, first - snippetBefore);
  const end = text.length - start <= snippetLength ? text.length : cutAt(text, start + snippetLength);
  const [before, after] = [start > 0 ? '…' : '', end < text.length ? '…' : ''];
  const shift = before.length - start;
  return {
    text: `${before}${text.slice(start, end)}${after}`,
    highlights: found.filter((one) => one.end <= end).map((one) => [one.start + shift, one.end + shift] as const),
  };
}

/** The nearest blank before a place, or the place itself, never inside a character. */
function cutAt(text: string, place: number): number {
  const blank = text.lastIndexOf(' ', place) + 1;
  if (place - blank < 20) return blank;
  const isInside = (text.charCodeAt(place) & 0xfc00) === 0xdc00;
  return isInside ? place - 1 : place;
}
