export type ByteRange = { readonly start: number; readonly end: number };

/**
 * The one range that a `Range` header asks for, end inclusive. `whole` when there is none that we serve (several ranges, other
 * units, nonsense: the standard lets us send everything), `beyond` when nothing of the file lies in it.
 */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | 'whole' | 'beyond' {
  // Blanks are not allowed for: beside numbers that may be missing they would take a time that grows with their cube.
  const parts = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header ?? '');
  if (!parts) return 'whole';
  const [, from = '', to = ''] = parts;
  if (from === '') {
    if (to === '') return 'whole';
    const length = Math.min(Number(to), sizeBytes);
    return length === 0 ? 'beyond' : { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(from);
  if (to !== '' && Number(to) < start) return 'whole';
  if (start >= sizeBytes) return 'beyond';
  return { start, end: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) };
}
