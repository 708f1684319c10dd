import { describe, expect, test } from 'vitest';
import { Strays } from './strays.ts';

const place = (position: number) => ({ position, at: undefined });

describe('words that a client takes for its place', () => {
  test('lead to the place before them, for that session and those words alone', () => {
    const strays = new Strays();
    strays.said('s', 'den', place(7), 0);
    expect(strays.placeBefore('s', 'den')).toEqual(place(7));
    expect(strays.placeBefore('s', 'other')).toBeUndefined();
    expect(strays.placeBefore('t', 'den')).toBeUndefined();
  });

  test('said again lead to the first place that it may have been', () => {
    const strays = new Strays();
    strays.said('s', 'den', place(7), 0);
    strays.said('s', 'den', place(8), 60_000);
    strays.said('s', 'den', place(9), 61_000);
    expect(strays.placeBefore('s', 'den')).toEqual(place(8));
  });

  test('are forgotten where there are too many', () => {
    const strays = new Strays();
    for (let i = 0; i < 9; i++) strays.said('s', `${i}`, place(i), 0);
    expect(strays.placeBefore('s', '0')).toBeUndefined();
    expect(strays.placeBefore('s', '8')).toEqual(place(8));
    for (let i = 0; i < 50_000; i++) strays.said(`t${i}`, 'x', place(1), 0);
    expect(strays.placeBefore('s', '8')).toBeUndefined();
  });
});
