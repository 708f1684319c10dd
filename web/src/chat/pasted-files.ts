/**
 * The files that were meant by a paste. Office programs put a picture of the words beside the words, which are meant then.
 * A file that was copied has no more words than its name, as plain text; a picture of a page has them as HTML alone.
 */
export function pastedFiles({ types, files }: Pick<DataTransfer, 'types' | 'files'>): readonly File[] {
  return types.includes('text/plain') && types.includes('text/html') ? [] : [...files];
}
