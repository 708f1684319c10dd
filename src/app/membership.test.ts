import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeStore, openScene, openStore, scene, store } from '../../test/harness/app-scene.ts';
import { ann, bob } from '../../test/harness/cast.ts';
import { allowed, as, circumstances, host } from '../../test/harness/use-cases.ts';

beforeAll(openStore);
afterAll(closeStore);
beforeEach(() => openScene());

describe('members', () => {
  test('are added once, seen before or not, and answered as the store has them', async () => {
    allowed(await scene.create(as(ann)));
    const [first, second] = await Promise.all([scene.add(as(ann), 'nobody-yet'), scene.add(as(ann), 'nobody-yet')]);
    const answers = [allowed(first), allowed(second)];
    expect(answers.map(({ isNew }) => isNew)).toEqual([true, false]);
    const stored = await store.loadMember(scene.id, 'nobody-yet');
    expect(answers.map(({ member }) => member)).toEqual([stored.value, stored.value]);
    expect((await store.loadUsers(['nobody-yet'])).get('nobody-yet')?.name).toBe('nobody-yet');
  });

  test('are answered with what they have read, also when they are added again', async () => {
    allowed(await scene.create(as(ann), { memberIds: ['bob'] }));
    const { message } = allowed(await scene.send(ann, 'Hi'));
    const marks = { what: 'everything' } as const;
    allowed(
      await scene.node.execute<'MarkRead'>(
        { type: 'MarkRead', conversationId: scene.id, marks },
        as(bob),
        circumstances,
      ),
    );
    expect(allowed(await scene.add(as(ann), 'bob'))).toMatchObject({
      isNew: false,
      member: { readCursor: message.id },
    });
    allowed(await scene.remove(as(ann), 'bob'));
    const again = allowed(await scene.add(as(ann), 'bob'));
    expect(again.isNew).toBe(true);
    expect(again.member).toEqual((await store.loadMember(scene.id, 'bob')).value);
  });

  test('who were removed may not come in until they are added, and those who went may', async () => {
    allowed(await scene.join(ann));
    allowed(await scene.join(bob));
    allowed(await scene.remove(as(ann), 'bob'));
    expect(await scene.join(bob)).toMatchObject({ refused: 'NOT_FOUND' });
    expect(await scene.send(bob, 'x')).toMatchObject({ refused: 'NOT_FOUND' });
    allowed(await scene.add(as(ann), 'bob'));
    allowed(await scene.send(bob, 'x'));
    allowed(await scene.remove(as(bob), 'bob'));
    allowed(await scene.join(bob));
  });

  test('who are removed while they send are heard before it or refused after it', async () => {
    allowed(await scene.join(ann));
    allowed(await scene.join(bob));
    const sends = Array.from({ length: 10 }, (_, i) => scene.send(bob, `${i}`));
    const removed = scene.remove(as(ann), 'bob');
    const later = Array.from({ length: 10 }, (_, i) => scene.send(bob, `later ${i}`));
    for (const outcome of await Promise.all(sends)) allowed(outcome);
    allowed(await removed);
    for (const outcome of await Promise.all(later)) expect(outcome).toMatchObject({ refused: 'NOT_FOUND' });
    expect(scene.node.heard.at(-1)?.event.type).toBe('MemberRemoved');
  });

  test('leave with their last connection, are answered always, and may type until they are removed', async () => {
    const leave = (staysJoined: boolean) =>
      scene.node.execute<'LeaveConversation'>({ type: 'LeaveConversation', conversationId: scene.id }, as(ann), {
        ...circumstances,
        staysJoined,
      });
    const type = () =>
      scene.node.execute<'SetTyping'>(
        { type: 'SetTyping', conversationId: scene.id, isTyping: true },
        as(ann),
        circumstances,
      );
    expect(allowed(await leave(false))).toEqual({ conversationId: scene.id });
    expect(await type()).toMatchObject({ refused: 'NOT_FOUND' });
    allowed(await scene.join(ann));
    allowed(await leave(true));
    expect(scene.typesHeard()).not.toContain('MemberLeft');
    allowed(await leave(false));
    allowed(await leave(false));
    expect(scene.typesHeard().filter((what) => what === 'MemberLeft')).toHaveLength(1);
    expect(allowed(await type())).toEqual({});
    allowed(await scene.remove(host, 'ann'));
    expect(await type()).toMatchObject({ refused: 'NOT_FOUND' });
  });
});
