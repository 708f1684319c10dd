import { test } from 'vitest';
import { openHouse, type Settings } from './house.ts';
import { type Line, nobodyHearsMore } from './lines.ts';
import { Stage } from './stage.ts';

export * from './lines.ts';

/** Plays the lines in a house of their own; several houses at a time, since a play is mostly waiting. */
export function transcript(title: string, lines: readonly Line[], settings: Settings = {}): void {
  test.concurrent(title, async () => {
    await using house = await openHouse(settings);
    await using stage = new Stage(house);
    await stage.play([...lines, nobodyHearsMore]);
  });
}
