import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeStore, openScene, openStore, scene, store } from '../../test/harness/app-scene.ts';
import { admin, ann, bob, eve, person } from '../../test/harness/cast.ts';
import { allowed, as, host, wireUseCases } from '../../test/harness/use-cases.ts';

beforeAll(openStore);
afterAll(closeStore);
beforeEach(() => openScene());

describe('first touches', () => {
  test('of many users at the same time make one conversation, and everybody is in it', async () => {
    const users = Array.from({ length: 50 }, (_, i) => person(`u${i}`));
    const outcomes = await Promise.all(users.map((user, i) => (i % 2 ? scene.join(user) : scene.send(user, user.id))));
    for (const outcome of outcomes) allowed(outcome);
    expect(scene.typesHeard().filter((type) => type === 'ConversationCreated')).toHaveLength(1);
    const { members } = await store.listMembers(scene.id, { limit: 100 });
    expect(members.map(({ user }) => user.id).sort()).toEqual(users.map((user) => user.id).sort());
    expect(members.filter(({ member }) => member.role === 'owner')).toHaveLength(1);
    expect(await scene.texts()).toHaveLength(25);
  });

  test('over two nodes that know nothing of each other make one conversation as well', async () => {
    const [here, there] = [scene.node, wireUseCases(store)];
    const sent = Array.from({ length: 20 }, (_, i) => {
      scene.node = i % 2 ? there : here;
      return scene.send(i % 2 ? ann : bob, `${i}`);
    });
    for (const outcome of await Promise.all(sent)) allowed(outcome);
    const { value } = await store.loadConversation(scene.id);
    expect(value).toMatchObject({ memberCount: 2, ordinal: 20 });
    const said = await scene.texts();
    for (const parity of [0, 1]) {
      expect(said.filter((text) => Number(text) % 2 === parity).map(Number)).toEqual(
        Array.from({ length: 10 }, (_, i) => 2 * i + parity),
      );
    }
  });

  test('as a direct conversation hold both, and bring the message to the receiver', async () => {
    const { message } = allowed(await scene.send(ann, 'Hi', { opening: { kind: 'direct', toUserId: 'new-here' } }));
    expect(message.receiverId).toBe('new-here');
    const { members } = await store.listMembers(scene.id, { limit: 100 });
    expect(members.map(({ user }) => user)).toEqual([
      ann,
      { id: 'new-here', email: '', role: 'USER', name: 'new-here' },
    ]);
  });

  test('that join before they name a receiver bring the receiver in with the first message', async () => {
    const outcomes = [scene.join(ann), scene.send(ann, 'Hi', { opening: { kind: 'direct', toUserId: 'bob' } })];
    for (const outcome of await Promise.all(outcomes)) allowed(outcome);
    const { value } = await store.loadConversation(scene.id);
    expect(value).toMatchObject({ kind: 'open', pair: ['ann', 'bob'] });
  });

  test('are not found where nothing comes into being by touch, and leave nothing behind', async () => {
    openScene({ rules: { autoCreate: false } });
    expect(await scene.send(ann, 'Hi')).toMatchObject({ refused: 'NOT_FOUND' });
    expect(await scene.join(ann)).toMatchObject({ refused: 'NOT_FOUND' });
    expect((await store.loadConversation(scene.id)).value).toBeUndefined();
    expect(scene.node.heard).toEqual([]);
  });
});

describe('a support chat', () => {
  const opening = { kind: 'support' } as const;

  test('is taken up by exactly one of the admins who answer at the same time', async () => {
    allowed(await scene.send(ann, 'Help', { opening }));
    const admins = [admin, person('abe', 'ADMIN'), person('amy', 'ADMIN')];
    for (const outcome of await Promise.all(admins.map((one) => scene.send(one, one.id, { opening }))))
      allowed(outcome);
    expect(scene.typesHeard().filter((type) => type === 'StatusChanged')).toHaveLength(1);
    expect((await store.loadConversation(scene.id)).value).toMatchObject({
      status: 'ACTIVE',
      adminId: 'ada',
      memberCount: 4,
    });
  });

  test('is assigned, closed by its client, and reopened by an admin only', async () => {
    allowed(await scene.send(ann, 'Help', { opening }));
    const assigned = allowed(await scene.change(host, { adminId: 'ada' }));
    expect(assigned.conversation).toMatchObject({ status: 'ACTIVE', adminId: 'ada', pair: ['ann', 'ada'] });
    expect(allowed(await scene.change(as(ann), { status: 'CLOSED' })).conversation.status).toBe('CLOSED');
    expect(await scene.send(admin, 'x', { opening })).toMatchObject({ refused: 'CONVERSATION_CLOSED' });
    expect(await scene.change(as(ann), { status: 'ACTIVE' })).toMatchObject({ refused: 'FORBIDDEN' });
    expect(await scene.change(as(eve), { status: 'ACTIVE' })).toMatchObject({ refused: 'NOT_FOUND' });
    allowed(await scene.change(as(admin), { status: 'ACTIVE' }));
    allowed(await scene.send(ann, 'again', { opening }));
  });
});
