import { expect, test } from 'vitest';
import { pastedFiles } from './pasted-files.ts';

const picture = new File(['dots'], 'image.png', { type: 'image/png' });
const files = [picture] as unknown as FileList;

test.each([
  ['a picture of the screen', ['Files'], [picture]],
  ['a picture of a page', ['text/html', 'Files'], [picture]],
  ['a file of a folder, which has its name beside it', ['text/plain', 'Files'], [picture]],
  ['cells of a sheet, which have a picture of them beside them', ['text/plain', 'text/html', 'text/rtf', 'Files'], []],
])('of a paste of %s what was meant is taken', (_, types, expected) => {
  expect(pastedFiles({ types, files })).toEqual(expected);
});
