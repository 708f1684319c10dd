import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quietMoment } from '../harness/until.ts';
import { bob, openScene, whileAway } from './scene.ts';

test('after a restored backup clients are new, also when the log has grown past where they were', async () => {
  await using scene = await openScene();
  const backup = await mkdtemp(join(tmpdir(), 'parlance-backup-'));
  try {
    await scene.found('77', ['1', '2']);
    await scene.say('77', '1', 'in the backup');
    await scene.house.restart(() => cp(scene.house.dataDir, backup, { recursive: true }));

    const listener = await scene.listen('/', bob);
    await scene.say('77', '1', 'not in the backup');
    await listener.hears('receive_message', 1);
    await whileAway(scene, listener, async () => {
      await scene.house.restart(async () => {
        await rm(scene.house.dataDir, { recursive: true });
        await cp(backup, scene.house.dataDir, { recursive: true });
      });
      for (const text of ['a', 'b', 'c']) await scene.say('77', '1', text);
    });
    expect(listener.socket.recovered).toBe(false);
    await scene.say('77', '1', 'live');
    await listener.hears('receive_message', 2);
    await quietMoment();
    expect(listener.fields('receive_message', 'message')).toEqual(['not in the backup', 'live']);
  } finally {
    await rm(backup, { recursive: true, force: true });
  }
});
