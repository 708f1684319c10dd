import type { Examples } from '../../src/dialects/client-code.ts';
import type { Exchanged } from './clients.ts';
import { openHouse } from './house.ts';
import { type Line, nobodyHearsMore } from './lines.ts';
import { Stage } from './stage.ts';

/** What a play exchanges, as examples for documents. */

const shownAtMost = 2;

const settings = { PRESENCE_GRACE_MS: '100' };

/** Plays the lines in a house of their own. What the clock and the network say is made the same every time. */
export async function examplesOf(lines: readonly Line[]): Promise<Examples> {
  await using house = await openHouse(settings);
  await using stage = new Stage(house);
  await stage.play([...lines, nobodyHearsMore]);
  const found = new Map<string, Set<string>>();
  for (const { id, payload } of stage.clients.flatMap(({ exchanged }) => exchanged.filter(isWorthShowing))) {
    const examples = found.get(id) ?? new Set();
    found.set(id, examples);
    if (examples.size < shownAtMost) examples.add(steady(JSON.stringify(payload)));
  }
  return Object.fromEntries([...found].map(([id, examples]) => [id, [...examples].map((json) => JSON.parse(json))]));
}

/** Nothing that was refused: what follows it is the refusal. */
function isWorthShowing({ id, payload }: Exchanged, index: number, all: readonly Exchanged[]): boolean {
  return payload !== undefined && !(id.startsWith('client.') && all[index + 1]?.id === 'server.error');
}

/** `2026-…T…Z` as some fixed moment, in the form that it has. */
function steady(json: string): string {
  return json.replaceAll(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z"/g, (_, fraction) =>
    fraction ? '"2026-03-01T15:58:04.120Z"' : '"2026-03-01T15:58:04Z"',
  );
}
