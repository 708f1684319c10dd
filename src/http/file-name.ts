/** Names of uploaded files: anybody's words, made harmless wherever they are shown. */

const longestName = 120;

/** The last part of a path, without control and direction characters; never empty, `.` or `..`. */
export function harmlessName(given: string | undefined): string {
  const last = (given ?? '').toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const clean = last
    // Characters that turn the direction of writing make `gpj.exe` read as `exe.jpg`.
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/gu, '')
    .trim();
  const short = shortened(clean).trim();
  return /^\.*$/.test(short) ? 'file' : short;
}

/** Keeps the extension, since it says what to open the file with. */
function shortened(name: string): string {
  const characters = [...name];
  if (characters.length <= longestName) return name;
  const extension = /\.[^.]{1,16}$/.exec(name)?.[0] ?? '';
  return characters.slice(0, longestName - [...extension].length).join('') + extension;
}

/** `Content-Disposition` with the name in both of its forms: for old readers, and in full. */
export function contentDisposition(how: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%;]/g, '_');
  const full = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${how}; filename="${plain}"; filename*=UTF-8''${full}`;
}
