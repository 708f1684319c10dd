/** `broken`: the server does not start, or breaks a promise. `doubtful`: it runs, and somebody should look at it. */
export type FindingLevel = 'well' | 'doubtful' | 'broken';

/** One thing that was looked at. */
export type Finding = {
  /** What was looked at, in a word. */
  readonly about: string;
  readonly level: FindingLevel;
  /** What was found. */
  readonly words: string;
  /** What to do; absent where all is well. */
  readonly todo?: string;
};

export const well = (about: string, words: string): Finding => ({ about, level: 'well', words });
export const doubtful = (about: string, words: string, todo: string): Finding => ({
  about,
  level: 'doubtful',
  words,
  todo,
});
export const broken = (about: string, words: string, todo: string): Finding => ({
  about,
  level: 'broken',
  words,
  todo,
});

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
