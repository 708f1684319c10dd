import { describe, expect, it } from 'vitest';
import { SlimMap } from './slim-map.ts';

describe('a slim map', () => {
  it('does what a map does, whatever is done to it', () => {
    const names = ['a', 'b', 'c'];
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let round = 0; round < 200; round++) {
      const slim = new SlimMap<string, number | undefined>();
      const map = new Map<string, number | undefined>();
      for (let step = 0; step < 12; step++) {
        const name = names[random(names.length)] ?? '';
        const value = random(5) === 0 ? undefined : step;
        const what = random(8);
        if (what === 0) {
          slim.clear();
          map.clear();
        } else if (what < 4) expect(slim.delete(name)).toBe(map.delete(name));
        else {
          slim.set(name, value);
          map.set(name, value);
        }
        expect([...slim]).toEqual([...map]);
        expect([...slim.keys()]).toEqual([...map.keys()]);
        expect(slim.size).toBe(map.size);
        for (const each of names) expect([slim.has(each), slim.get(each)]).toEqual([map.has(each), map.get(each)]);
      }
    }
  });
});
