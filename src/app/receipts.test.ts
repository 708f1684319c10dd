import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeStore, openScene, openStore, scene, store } from '../../test/harness/app-scene.ts';
import { ann, bob, eve } from '../../test/harness/cast.ts';
import { allowed } from '../../test/harness/use-cases.ts';

beforeAll(openStore);
afterAll(closeStore);
beforeEach(() => openScene());

describe('marking as read', () => {
  test('right after sending, without waiting, reads what was sent', async () => {
    allowed(await scene.join(bob));
    const [sent, marked] = await Promise.all([scene.send(ann, 'Hi'), scene.mark(bob, { what: 'everything' })]);
    allowed(marked);
    expect((await store.loadMember(scene.id, 'bob')).value).toMatchObject({ readCursor: allowed(sent).message.id });
  });

  test('names the messages that are there, and refuses one that is not', async () => {
    const { message } = allowed(await scene.send(ann, 'Hi'));
    expect(
      allowed(await scene.mark(ann, { what: 'messages', messageIds: [1_000_000, message.id] })).messageIds,
    ).toEqual([message.id]);
    expect(await scene.mark(ann, { what: 'upTo', messageId: 1_000_000 })).toMatchObject({
      refused: 'MESSAGE_NOT_FOUND',
    });
    expect(await scene.mark(eve, { what: 'upTo', messageId: message.id })).toMatchObject({ refused: 'NOT_FOUND' });
  });

  test('twice tells nobody the second time', async () => {
    allowed(await scene.send(ann, 'Hi'));
    allowed(await scene.join(bob));
    await Promise.all([scene.mark(bob, { what: 'everything' }), scene.mark(bob, { what: 'everything' })]);
    expect(scene.typesHeard().filter((type) => type === 'ReadCursorMoved')).toHaveLength(1);
  });
});
