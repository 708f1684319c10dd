/** The same error in words that say what to do, its own behind them; one that is not known stays as it is. */
export function explainOpenError(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  const plain = words.find(({ says }) => says.test(error.message));
  return plain ? new Error(`${plain.tell(path)} (${error.message})`, { cause: error }) : error;
}

/** Whether a disk, or what a user may fill of it, was full. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && full.test(error.message);
}

const full = /^E(NOSPC|DQUOT)\b|database or disk is full/;

/** The same for whoever only reads, beside a server or without one: even that needs the rights to write. */
export function explainReadError(error: unknown, path: string): unknown {
  const isRefused = error instanceof Error && /readonly database|unable to open database/.test(error.message);
  if (!isRefused) return explainOpenError(error, path);
  const words = `The database ${path} cannot be opened. Run this as the user that the server runs as.`;
  return new Error(`${words} (${error.message})`, { cause: error });
}

const cannotBeWritten = (path: string) =>
  `The database ${path} cannot be written. Set DATA_DIR to a folder that this user may write to, on a disk that is not ` +
  'mounted read-only.';

/** By what the operating system and SQLite say: an error that comes from a worker has no code any more. */
const words: readonly { readonly says: RegExp; readonly tell: (path: string) => string }[] = [
  {
    says: /^E(NOENT|NOTDIR|EXIST|ACCES|PERM|ROFS)\b|readonly database|unable to open database/,
    tell: cannotBeWritten,
  },
  {
    says: full,
    tell: (path) =>
      `There is no space for the database ${path}. Free some, or set DATA_DIR to a folder on another disk.`,
  },
  {
    says: /not a database|malformed/,
    tell: (path) =>
      `The file ${path} is damaged, or no database of Parlance. Put a backup in its place, or set DATA_DIR to another folder.`,
  },
];
