import { expect, test } from 'vitest';
import { contentDisposition, harmlessName } from './file-name.ts';

test.each([
  ['report.pdf', 'report.pdf'],
  ['C:\\Users\\ann\\report.pdf', 'report.pdf'],
  ['../../etc/passwd', 'passwd'],
  [' a \u202egpj.exe\n', 'a gpj.exe'],
  ['', 'file'],
  ['folder/', 'file'],
  ['..', 'file'],
  [undefined, 'file'],
  ['x'.repeat(120), 'x'.repeat(120)],
  ['x'.repeat(121), 'x'.repeat(120)],
  [`${'x'.repeat(117)}.pdf`, `${'x'.repeat(116)}.pdf`],
  [`${'💐'.repeat(121)}.jpeg`, `${'💐'.repeat(115)}.jpeg`],
  [`${'x'.repeat(120)}.${'y'.repeat(17)}`, 'x'.repeat(120)],
])('%j is kept as %j', (given, name) => {
  expect(harmlessName(given)).toBe(name);
});

test('a header names a file for old readers and in full', () => {
  expect(contentDisposition('attachment', `é"a;(b)'%.txt`)).toBe(
    `attachment; filename="__a_(b)'_.txt"; filename*=UTF-8''%C3%A9%22a%3B%28b%29%27%25.txt`,
  );
});
