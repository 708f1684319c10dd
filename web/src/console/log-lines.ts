import type { LogLine } from './admin-api.ts';

/**
 * What of a page, oldest first, was not told before, newest first. `through`: up to where the log was told. After a jump to
 * the newest, what lies between is said to be missing.
 */
export function newlyTold(page: readonly LogLine[], through: string | undefined, isJump: boolean): readonly LogLine[] {
  if (through === undefined) return page.toReversed();
  const fresh = page.filter(({ position }) => Number(position) > Number(through));
  const [first] = fresh;
  if (!first) return [];
  const count = Number(first.position) - Number(through) - 1;
  if (!isJump || count === 0) return fresh.toReversed();
  const gap = { position: '…', at: first.at, type: `gap ${through}`, sentence: `${count} entries are left out.` };
  return [...fresh.toReversed(), gap];
}

/** What stands before, in and after the round brackets of an id. Brackets in quoted words are those of whoever said them. */
export function aroundId(sentence: string): readonly [string, string, string] | undefined {
  const [, before, id, after] = /^([^“]*?\()([^()]+)(\).*)$/.exec(sentence) ?? [];
  return before === undefined || id === undefined || after === undefined ? undefined : [before, id, after];
}
