/** How ids and addresses are written, whoever writes them: told once, for dialects, HTTP and drivers too. */

/**
 * Of an id, as a pattern with the flag `u`: by code points, since a length limit would count a kilobyte of combining marks as one
 * character; and without half surrogate pairs, which no database keeps apart.
 */
export const idPattern = '^[^\\p{Cc}\\p{Cs}]{1,200}$';
const idForm = new RegExp(idPattern, 'u');

/** Is it 1 to 200 characters, none of them a control character or half a surrogate pair? */
export function isId(text: string): boolean {
  return idForm.test(text);
}

const addressLimit = 4096;
const portLimit = 65_535;
// Perhaps a name before an @, then a host, then perhaps a port, which is captured, and whatever follows.
const addressForm =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in it
  /^https?:\/\/(?:[^\s\u0000-\u001f\u007f/?#@]*@)?(?:\[[\da-f:.]+\]|[^\s\u0000-\u001f\u007f/?#@:[\]\\]+)(?::(\d{0,5}))?(?:[/?#][^\s\u0000-\u001f\u007f]*)?$/i;

/** What {@link isWebAddress} expects, after "must be". */
export const webAddressWords = `an absolute http or https URL of at most ${addressLimit} characters, with %20 for blanks`;

/** Is it an absolute http(s) address without blanks or control characters? */
export function isWebAddress(url: string): boolean {
  if (url.length > addressLimit) return false;
  const found = addressForm.exec(url);
  return found !== null && Number(found[1] ?? 0) <= portLimit;
}
