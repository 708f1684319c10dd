import { afterAll, beforeAll, expect, test } from 'vitest';
import { ann, person } from '../../../test/harness/cast.ts';
import { sharedPostgres } from '../../../test/harness/postgres.ts';
import { allowed, as, circumstances, Scene } from '../../../test/harness/use-cases.ts';
import type { Message, User } from '../../core/model.ts';
import { PostgresStore } from './store.ts';

/** Two nodes that hear nothing of each other, so that only the database tells them what the other one did. */
let stores: readonly PostgresStore[];
let nodes: readonly Scene[];

beforeAll(async () => {
  const url = await (await sharedPostgres()).createDatabase();
  stores = await Promise.all(['a', 'b'].map((node) => PostgresStore.open({ url, node, commitDistanceMs: 1 })));
  nodes = stores.map((store) => new Scene(store));
  const [first, second] = nodes;
  if (first && second) second.id = first.id;
});
afterAll(() => Promise.all(stores.map((store) => store[Symbol.asyncDispose]())));

const on = (n: number): Scene => nodes[n % 2] as Scene;
const react = (n: number, user: User, { id: messageId, conversationId }: Message) =>
  on(n).node.execute<'SetReaction'>(
    { type: 'SetReaction', conversationId, messageId, emoji: '👍', isSet: true },
    as(user),
    circumstances,
  );

test('reactions that meet from two nodes are all there, each once', async () => {
  const { message } = allowed(await on(0).send(ann, 'Tea?'));
  const crowd = Array.from({ length: 20 }, (_, n) => person(`user ${n}`));
  for (const user of crowd) allowed(await on(0).join(user));
  const outcomes = await Promise.all(
    crowd.flatMap((user, n) => [react(n, user, message), react(n + 1, user, message)]),
  );
  outcomes.forEach(allowed);
  const { reactions = [] } = (await stores[0]?.loadMessage(message.conversationId, message.id)) ?? {};
  expect(reactions.map(({ userIds }) => userIds.toSorted())).toEqual([crowd.map(({ id }) => id).toSorted()]);
});

test('people who come through two nodes at once, and speak at once, come once each and are heard in their order', async () => {
  const crowd = Array.from({ length: 20 }, (_, n) => person(`guest ${n}`));
  const { position } = await (stores[0] as PostgresStore).head();
  const texts = ['1', '2', '3'];
  const outcomes = await Promise.all(
    crowd.flatMap((user, n) => [
      on(n).join(user),
      on(n + 1).join(user),
      ...texts.map((text) => on(n).send(user, text)),
    ]),
  );
  for (const outcome of outcomes) expect(outcome).not.toHaveProperty('refused');
  const { entries } = await (stores[0] as PostgresStore).readEntries({ after: position, limit: 1_000 });
  for (const { id } of crowd) {
    const own = entries.flatMap(({ event }) => {
      if (event.type === 'MemberAdded' || event.type === 'MemberJoined')
        return event.user.id === id ? [event.type] : [];
      return event.type === 'MessageSent' && event.message.sender.id === id ? [event.message.text] : [];
    });
    expect(own).toEqual(['MemberAdded', 'MemberJoined', ...texts]);
  }
});

test('a message that is edited and answered on one node while it is deleted on the other leaves no word of it', async () => {
  for (let round = 0; round < 10; round++) {
    const { message } = allowed(await on(0).send(ann, 'secret'));
    const { conversationId, id: messageId } = message;
    const outcomes = await Promise.all([
      on(0).node.execute(
        { type: 'EditMessage', conversationId, messageId, text: 'secret too' },
        as(ann),
        circumstances,
      ),
      on(1).node.execute({ type: 'DeleteMessage', conversationId, messageId }, as(ann), circumstances),
      ...Array.from({ length: 6 }, (_, n) => on(n).send(ann, 'answer', { replyToId: messageId })),
    ]);
    expect(outcomes[1]).not.toHaveProperty('refused');
    const { value } = await (stores[0] as PostgresStore).readMessages({
      conversationId,
      after: messageId - 1,
      limit: 100,
      take: 'oldest',
      withDeleted: true,
    });
    expect(JSON.stringify(value)).not.toContain('secret');
    const { entries } = await (stores[1] as PostgresStore).readEntries({ after: messageId - 1, limit: 100 });
    expect(JSON.stringify(entries)).not.toContain('secret');
  }
});

test('the same edit through two nodes at once is made once', async () => {
  for (let round = 0; round < 10; round++) {
    const { message } = allowed(await on(0).send(ann, 'Tea?'));
    const { conversationId, id: messageId } = message;
    const { position } = await (stores[0] as PostgresStore).head();
    const edit = (n: number) =>
      on(n).node.execute<'EditMessage'>(
        { type: 'EditMessage', conversationId, messageId, text: 'Coffee?' },
        as(ann),
        circumstances,
      );
    const outcomes = await Promise.all([edit(0), edit(1), edit(0)]);
    for (const outcome of outcomes) expect(allowed(outcome).message.text).toBe('Coffee?');
    expect((await (stores[0] as PostgresStore).head()).position).toBe(position + 1);
  }
});

test('two owners who take each other their role, on two nodes at once, leave one owner', async () => {
  const bob = person('bob');
  for (let n = 0; n < 10; n++) {
    const conversationId = `owned ${n}`;
    const change = (at: number, by: User, userId: string, role: 'owner' | 'member') =>
      on(at).node.execute<'ChangeRole'>({ type: 'ChangeRole', conversationId, userId, role }, as(by), circumstances);
    const create = { type: 'CreateConversation', conversationId, kind: 'group', memberIds: [bob.id] } as const;
    allowed(await on(0).node.execute<'CreateConversation'>(create, as(ann), circumstances));
    allowed(await change(0, ann, bob.id, 'owner'));
    await Promise.all([change(0, ann, bob.id, 'member'), change(1, bob, ann.id, 'member')]);
    const members = await Promise.all([ann, bob].map(({ id }) => stores[0]?.loadMember(conversationId, id)));
    const roles = members.map((member) => member?.value).map((value) => typeof value === 'object' && value.role);
    expect(roles.filter((role) => role === 'owner')).toHaveLength(1);
  }
});

test('a message names the one who is left, where another node has just removed the third', async () => {
  const [bob, eve] = [person('bob'), person('eve')];
  const conversationId = 'of three';
  const say = async (text: string) =>
    allowed(
      await on(0).node.execute<'SendMessage'>({ type: 'SendMessage', conversationId, text }, as(ann), circumstances),
    ).message;
  const create = { type: 'CreateConversation', conversationId, kind: 'group', memberIds: [bob.id, eve.id] } as const;
  allowed(await on(0).node.execute<'CreateConversation'>(create, as(ann), circumstances));
  expect(await say('To both of you')).not.toHaveProperty('receiverId');
  const remove = { type: 'RemoveMember', conversationId, userId: eve.id } as const;
  allowed(await on(1).node.execute<'RemoveMember'>(remove, as(ann), circumstances));
  expect(await say('To you alone')).toMatchObject({ receiverId: bob.id });
});
