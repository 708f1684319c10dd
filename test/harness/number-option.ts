type Kind = {
  /** Has it to be a whole number? */
  readonly isWhole?: boolean;
  /** The least that it may be; absent: anything above 0. */
  readonly least?: number;
};

/** The number that an option of a tool says. Throws with words for whoever typed it. */
export function numberOption(name: string, text: string, { isWhole = false, least }: Kind = {}): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const fits = least === undefined ? number > 0 : number >= least;
  if (fits && (isWhole ? Number.isSafeInteger(number) : Number.isFinite(number))) return number;
  const bound = least === undefined ? 'above 0' : `of ${least} or more`;
  throw new Error(`--${name} is a ${isWhole ? 'whole ' : ''}number ${bound}, and not "${text}".`);
}
