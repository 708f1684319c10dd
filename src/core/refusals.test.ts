import { expect, test } from 'vitest';
import { refusalWords } from './refusals.ts';

test('what clients look for in the words of a refusal is there', () => {
  for (const [code, words] of Object.entries(refusalWords)) {
    expect(words.includes('not found')).toBe(code.endsWith('NOT_FOUND'));
  }
});
