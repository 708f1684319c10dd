import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Store } from '../../src/app/ports.ts';
import { quietMoment } from '../harness/until.ts';
import { ann, bob, openScene } from './scene.ts';

/** Everything is on disk, and can be read, some time before the one who wrote it hears so. */
function answeringLate(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'append') {
        const part: unknown = Reflect.get(target, name, target);
        return typeof part === 'function' ? part.bind(target) : part;
      }
      return async (items: Parameters<Store['append']>[0]) => {
        const outcomes = await target.append(items);
        await wait(20);
        return outcomes;
      };
    },
  });
}

test('who enters by sending hears their own message, also where others make the server read on meanwhile', async () => {
  await using scene = await openScene({}, { store: answeringLate });
  const [sender, asker] = [await scene.listen('/chat', ann), await scene.listen('/chat', bob)];
  await asker.ask('joinRoom', 'lobby');
  let isOver = false;
  const asking = (async () => {
    while (!isOver) await asker.ask('syncMessages', { roomId: 'lobby', lastMessageId: '99999999' });
  })();
  const rooms = Array.from({ length: 30 }, (_, at) => `room-${at}`);
  for (const roomId of rooms) await sender.ask('sendMessage', { roomId, content: 'hello' });
  isOver = true;
  await asking;
  await quietMoment();
  expect(sender.fields('newMessage', 'roomId')).toEqual(rooms);
});
