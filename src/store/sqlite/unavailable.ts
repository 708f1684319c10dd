/** SQLite's primary result codes that speak of the disk or of somebody in the way, not of what was to be written. */
const unavailableCodes: ReadonlyMap<number, string> = new Map([
  [5, 'Another program holds the database locked. End it.'],
  [6, 'Another program holds the database locked. End it.'],
  [7, 'There is no memory left. Free some.'],
  [8, 'The database cannot be written. Check the rights of DATA_DIR and whether its disk is mounted read-only.'],
  [10, 'The disk reported an error. Check the disk, its free space and its quota.'],
  [11, 'The database file is damaged. Stop the server and restore a backup.'],
  [13, 'The disk is full. Free disk space.'],
  [14, 'The database cannot be opened. Check DATA_DIR and its rights.'],
]);

/** What to do about an error that would hit every other write as well, or undefined for one that would not. */
export function findUnavailable(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  const words = unavailableCodes.get(error.errcode & 0xff);
  return words === undefined ? undefined : `${words} (${error.message})`;
}
