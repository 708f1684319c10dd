/** What a file is: told by its first bytes where that matters, else by the client as far as it can do no harm. */

/** How many bytes `typeOf` looks at. */
export const signatureBytes = 32;

const unknownType = 'application/octet-stream';

const ascii = (bytes: Uint8Array, from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));

const startsWith = (bytes: Uint8Array, ...signature: readonly number[]): boolean =>
  bytes.length >= signature.length && signature.every((byte, i) => bytes[i] === byte);

function signedType(head: Uint8Array): string | undefined {
  if (startsWith(head, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  if (startsWith(head, 0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (/^GIF8[79]a/.test(ascii(head, 0, 6))) return 'image/gif';
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'image/webp';
  if (/^ftypavi[fs]$/.test(ascii(head, 4, 12))) return 'image/avif';
  if (ascii(head, 0, 5) === '%PDF-') return 'application/pdf';
  return undefined;
}

/** Types that a browser neither runs nor draws as a page. */
const harmless = [
  /^(?:audio|video)\/[\w.+-]+$/,
  /^text\/(?:plain|csv|calendar|vcard)$/,
  /^application\/(?:json|zip|gzip|x-7z-compressed|x-tar|rtf|msword|octet-stream)$/,
  /^application\/vnd\.(?:ms-(?:excel|powerpoint)|openxmlformats-officedocument\.[\w.]+|oasis\.opendocument\.[\w-]+)$/,
];

/** The type to store. Images and PDF only when the bytes say so; markup and scripts never. */
export function typeOf(head: Uint8Array, claimed: string | undefined): string {
  const signed = signedType(head);
  if (signed) return signed;
  const type = (claimed ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return harmless.some((pattern) => pattern.test(type)) ? type : unknownType;
}

const inlineTypes = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'audio/aac',
  'audio/flac',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'audio/x-m4a',
  'audio/x-wav',
  'video/mp4',
  'video/mpeg',
  'video/ogg',
  'video/quicktime',
  'video/webm',
]);

/** May a browser show it in place? Everything else is handed over to be saved. */
export function isShownInline(type: string): boolean {
  return inlineTypes.has(type);
}
