import { expect, test } from 'vitest';
import { isShownInline, typeOf } from './file-type.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');

test.each([
  ['image/png', hex('89 50 4e 47 0d 0a 1a 0a 00')],
  ['image/jpeg', hex('ff d8 ff e0')],
  ['image/gif', ascii('GIF87a...')],
  ['image/gif', ascii('GIF89a...')],
  ['image/webp', ascii('RIFF....WEBPVP8 ')],
  ['image/avif', ascii('....ftypavif....')],
  ['image/avif', ascii('....ftypavis....')],
  ['application/pdf', ascii('%PDF-1.7')],
])('%s is what the bytes say, whatever is claimed', (type, head) => {
  for (const claimed of [undefined, 'text/html', 'text/plain']) expect(typeOf(head, claimed)).toBe(type);
});

test.each([
  ['image/png', hex('89 50 4e 47 0d 0a 1a')],
  ['image/jpeg', hex('ff d8 fe')],
  ['image/gif', ascii('GIF88a')],
  ['image/webp', ascii('RIFF....WAVE')],
  ['image/avif', ascii('....ftypheic')],
  ['application/pdf', ascii('%PDF')],
  ['image/svg+xml', ascii('<svg/>')],
  ['text/html', ascii('<p>')],
  ['text/javascript', ascii('alert(1)')],
  ['text/plain, text/html', ascii('<p>')],
  ['', ascii('x')],
  [undefined, ascii('x')],
])('what is only claimed to be %s is bytes', (claimed, head) => {
  expect(typeOf(head, claimed)).toBe('application/octet-stream');
});

test.each([
  ['Text/Plain ; charset=utf-8', 'text/plain'],
  ['audio/ogg', 'audio/ogg'],
  ['application/zip', 'application/zip'],
  ['application/vnd.oasis.opendocument.text', 'application/vnd.oasis.opendocument.text'],
])('%s can do no harm, and is believed', (claimed, type) => {
  expect(typeOf(ascii('x'), claimed)).toBe(type);
});

test('only what a browser plays or paints is shown in place', () => {
  const inline = ['image/png', 'video/mp4', 'audio/ogg', 'application/pdf', 'text/plain', 'image/svg+xml'];
  expect(inline.filter(isShownInline)).toEqual(['image/png', 'video/mp4', 'audio/ogg']);
});
