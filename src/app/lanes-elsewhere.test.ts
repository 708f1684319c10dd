import { beforeEach, describe, expect, test } from 'vitest';
import { place } from '../../test/harness/cast.ts';
import {
  came,
  eve,
  job,
  lanes,
  loadSlowly,
  loads,
  nextPosition,
  openLanes,
  turn,
} from '../../test/harness/lanes-scene.ts';

beforeEach(openLanes);

describe('a lane that hears what happens elsewhere', () => {
  test('is held up by nothing that others change while nothing is on its way', async () => {
    await lanes.run(job('warm', []));
    for (const id of ['c', 'nobody decides here']) {
      lanes.apply(id, { position: nextPosition(), at: 1, event: came(eve) as never });
    }
    expect(await lanes.run(job('next', []))).toBe('next');
  });

  test.each([
    ['before they were read is counted once', 0, 0],
    ['as the last before they were read is counted once', 1, 0],
    ['after they were read is counted too', 2, 1],
  ])(
    'knows its facts as they are: what passes while they are loading, but happened %s',
    async (_what, later, counted) => {
      loadSlowly();
      const asked = lanes.facts('c', 'ann');
      await turn();
      // The conversation will be read at the next position after this one.
      const position = nextPosition() + later;
      lanes.apply('c', { position, at: 1, event: came(eve) as never });
      for (const { held } of loads) held.resolve();
      const { memberCount } = place('group');
      expect(await asked).toMatchObject({ conversation: { memberCount: memberCount + counted } });
    },
  );
});
