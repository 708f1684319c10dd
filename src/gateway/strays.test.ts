import { describe, expect, test } from 'vitest';
import type { Telling } from '../app/ports.ts';
import { Strays } from './strays.ts';

const place = (position: number) => ({ position, at: undefined });

describe('words that a client takes for its place', () => {
  test('lead to the place before them, for that session and those words alone', () => {
    const strays = new Strays(() => undefined);
    strays.said('s', 'den', place(7), 0);
    expect(strays.placeBefore('s', 'den')).toEqual(place(7));
    expect(strays.placeBefore('s', 'other')).toBeUndefined();
    expect(strays.placeBefore('t', 'den')).toBeUndefined();
    strays.said('t', 'loft', place(8), 0);
    expect(strays.placeBefore('s', 'den')).toEqual(place(7));
  });

  test('said again lead to the first place that it may have been', () => {
    const strays = new Strays(() => undefined);
    strays.said('s', 'den', place(7), 0);
    strays.said('s', 'den', place(8), 60_000);
    strays.said('s', 'den', place(9), 61_000);
    expect(strays.placeBefore('s', 'den')).toEqual(place(8));
  });

  test('said again while nothing moved count as said then', () => {
    const strays = new Strays(() => undefined);
    strays.said('s', 'den', place(7), 0);
    strays.said('s', 'den', place(7), 9_000);
    strays.said('s', 'den', place(8), 18_000);
    expect(strays.placeBefore('s', 'den')).toEqual(place(7));
  });

  test('said in a burst push out no others', () => {
    const strays = new Strays(() => undefined);
    strays.said('s', 'den', place(7), 0);
    for (let time = 0; time < 20; time++) strays.said('s', 'too many', place(7), time);
    expect(strays.placeBefore('s', 'den')).toEqual(place(7));
  });

  test('are forgotten where there are too many', () => {
    const strays = new Strays(() => undefined);
    for (let i = 0; i < 9; i++) strays.said('s', `${i}`, place(i), 0);
    expect(strays.placeBefore('s', '0')).toBeUndefined();
    expect(strays.placeBefore('s', '1')).toEqual(place(1));
    expect(strays.placeBefore('s', '8')).toEqual(place(8));
    for (let i = 0; i < 50_000; i++) strays.said(`t${i}`, 'x', place(1), 0);
    expect(strays.placeBefore('s', '8')).toBeUndefined();
  });

  test('are told to the other nodes, once while nothing moves', () => {
    const told: Telling[] = [];
    const strays = new Strays((telling) => told.push(telling));
    strays.said('s', 'den', place(7), 0);
    strays.said('s', 'den', place(7), 1_000);
    strays.said('s', 'den', place(8), 2_000);
    expect(told.map((one) => one.tells === 'words' && one.place.position)).toEqual([7, 8]);
    const other = new Strays(() => undefined);
    for (const telling of told) other.hear(JSON.parse(JSON.stringify(telling)) as Telling);
    expect(other.placeBefore('s', 'den')).toEqual(place(7));
  });
});
