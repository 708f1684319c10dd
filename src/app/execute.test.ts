import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { admin, ann, bob, eve, person } from '../../test/harness/cast.ts';
import { openTemporaryStore, type UseCases, wireUseCases } from '../../test/harness/use-cases.ts';
import type { Actor, Answers, CommandOf } from '../core/commands.ts';
import type { Position, User } from '../core/model.ts';
import { isRefusal, type Refusal } from '../core/refusals.ts';
import type { Store } from './ports.ts';

const circumstances = { baseUrl: 'https://example.org' };
const as = (user: User): Actor => ({ kind: 'user', user });
const host: Actor = { kind: 'host' };

let opened: Awaited<ReturnType<typeof openTemporaryStore>>;
let store: Store;
let node: UseCases;
let id: string;
let conversations = 0;

beforeAll(async () => {
  opened = await openTemporaryStore();
  store = opened.store;
});
afterAll(() => opened[Symbol.asyncDispose]());
beforeEach(() => {
  node = wireUseCases(store);
  id = `execute-${++conversations}`;
});

type Send = Partial<CommandOf<'SendMessage'>>;
const send = (user: User, text: string, more: Send = {}) =>
  node.execute<'SendMessage'>(
    { type: 'SendMessage', conversationId: id, text, opening: { kind: 'open' }, ...more },
    as(user),
    circumstances,
  );
const join = (user: User) =>
  node.execute<'JoinConversation'>(
    { type: 'JoinConversation', conversationId: id, opening: { kind: 'open' }, history: { want: 'none' } },
    as(user),
    circumstances,
  );
const createAs = (actor: Actor, more: Partial<CommandOf<'CreateConversation'>> = {}) =>
  node.execute<'CreateConversation'>(
    { type: 'CreateConversation', conversationId: id, kind: 'group', memberIds: [], ...more },
    actor,
    circumstances,
  );
const change = (actor: Actor, more: Partial<CommandOf<'ChangeConversation'>>) =>
  node.execute<'ChangeConversation'>({ type: 'ChangeConversation', conversationId: id, ...more }, actor, circumstances);
const add = (actor: Actor, userId: string) =>
  node.execute<'AddMember'>({ type: 'AddMember', conversationId: id, userId }, actor, circumstances);
const remove = (actor: Actor, userId: string) =>
  node.execute<'RemoveMember'>({ type: 'RemoveMember', conversationId: id, userId }, actor, circumstances);

function allowed<A extends object>(outcome: A | Refusal): A {
  if (isRefusal(outcome)) throw new Error(`should have been allowed: ${outcome.message}`);
  return outcome;
}
const texts = async () => {
  const { value } = await store.readMessages({ conversationId: id, limit: 1000, take: 'newest' });
  return value.messages.map(({ text }) => text);
};
const typesHeard = () => node.heard.map(({ event }) => event.type);

describe('first touches', () => {
  test('of many users at the same time make one conversation, and everybody is in it', async () => {
    const users = Array.from({ length: 50 }, (_, i) => person(`u${i}`));
    const outcomes = await Promise.all(users.map((user, i) => (i % 2 ? join(user) : send(user, user.id))));
    for (const outcome of outcomes) allowed(outcome);
    expect(typesHeard().filter((type) => type === 'ConversationCreated')).toHaveLength(1);
    const members = await store.loadMembers(id);
    expect(members.map(({ user }) => user.id).sort()).toEqual(users.map((user) => user.id).sort());
    expect(members.filter(({ member }) => member.role === 'owner')).toHaveLength(1);
    expect(await texts()).toHaveLength(25);
  });

  test('over two nodes that know nothing of each other make one conversation as well', async () => {
    const [here, there] = [node, wireUseCases(store)];
    const sent = Array.from({ length: 20 }, (_, i) => {
      node = i % 2 ? there : here;
      return send(i % 2 ? ann : bob, `${i}`);
    });
    for (const outcome of await Promise.all(sent)) allowed(outcome);
    const { value } = await store.loadConversation(id);
    expect(value).toMatchObject({ memberCount: 2, ordinal: 20 });
    const said = await texts();
    for (const parity of [0, 1]) {
      expect(said.filter((text) => Number(text) % 2 === parity).map(Number)).toEqual(
        Array.from({ length: 10 }, (_, i) => 2 * i + parity),
      );
    }
  });

  test('as a direct conversation hold both, and bring the message to the receiver', async () => {
    const { message } = allowed(await send(ann, 'Hi', { opening: { kind: 'direct', toUserId: 'new-here' } }));
    expect(message.receiverId).toBe('new-here');
    expect((await store.loadMembers(id)).map(({ user }) => user)).toEqual([
      ann,
      { id: 'new-here', email: '', role: 'USER', name: 'new-here' },
    ]);
  });

  test('that join before they name a receiver bring the receiver in with the first message', async () => {
    const outcomes = [join(ann), send(ann, 'Hi', { opening: { kind: 'direct', toUserId: 'bob' } })];
    for (const outcome of await Promise.all(outcomes)) allowed(outcome);
    const { value } = await store.loadConversation(id);
    expect(value).toMatchObject({ kind: 'open', pair: ['ann', 'bob'] });
  });

  test('are not found where nothing comes into being by touch, and leave nothing behind', async () => {
    node = wireUseCases(store, { rules: { autoCreate: false } });
    expect(await send(ann, 'Hi')).toMatchObject({ refused: 'NOT_FOUND' });
    expect(await join(ann)).toMatchObject({ refused: 'NOT_FOUND' });
    expect((await store.loadConversation(id)).value).toBeUndefined();
    expect(node.heard).toEqual([]);
  });
});

describe('sending', () => {
  test('200 messages without waiting keeps their order', async () => {
    const wanted = Array.from({ length: 200 }, (_, i) => `${i}`);
    const outcomes = await Promise.all(wanted.map((text) => send(ann, text)));
    const messages = outcomes.map((outcome) => allowed(outcome).message);
    expect(await texts()).toEqual(wanted);
    expect(messages.map(({ ordinal }) => ordinal)).toEqual(wanted.map((_, i) => i + 1));
    expect(messages.map((message) => message.id)).toEqual(
      [...messages.map((message) => message.id)].sort((a, b) => a - b),
    );
  });

  test('keeps the order also where some of them need something loaded', async () => {
    const { message: first } = allowed(await send(ann, 'first'));
    const wanted = Array.from({ length: 30 }, (_, i) => `${i}`);
    await Promise.all(wanted.map((text, i) => send(ann, text, i % 3 === 0 ? { replyToId: first.id } : {})));
    expect(await texts()).toEqual(['first', ...wanted]);
  });

  test('right after joining, without waiting, is heard after the join', async () => {
    const [joined, sent] = await Promise.all([join(ann), send(ann, 'Hi')]);
    allowed(joined);
    allowed(sent);
    expect(typesHeard()).toEqual(['ConversationCreated', 'MemberAdded', 'MemberJoined', 'MessageSent']);
  });

  test('is answered with the message as everybody hears it, after they could', async () => {
    const { message, isRepeat } = allowed(await send(ann, 'Hi', { metadata: { a: '\u0000' } }));
    expect(isRepeat).toBe(false);
    const { event } = node.heard.at(-1) ?? {};
    expect(event).toMatchObject({ type: 'MessageSent', actorId: 'ann', message });
    expect(await store.loadMessage(id, message.id)).toEqual(message);
  });

  test('tells whoever asked of the commit before anybody hears of it', async () => {
    let heardBefore: number | undefined;
    const first = await new Promise<Position>((resolve, reject) => {
      const onCommit = (position: Position) => {
        heardBefore = node.heard.length;
        resolve(position);
      };
      const command = { type: 'SendMessage', conversationId: id, text: 'Hi', opening: { kind: 'open' } } as const;
      node.execute<'SendMessage'>(command, as(ann), { ...circumstances, onCommit }).catch(reject);
    });
    expect(heardBefore).toBe(0);
    expect(node.heard[0]?.position).toBe(first);
  });

  test('a file brings its address, for its uploader alone', async () => {
    const file = { id: `file-${id}`, uploadedBy: 'ann', name: 'a b.png', type: 'image/png', sizeBytes: 3, at: 1 };
    await store.saveFile(file);
    const { message } = allowed(await send(ann, '', { fileId: file.id }));
    expect(message.attachment).toMatchObject({ url: `https://example.org/files/${file.id}/a%20b.png`, sizeBytes: 3 });
    expect(await send(eve, '', { fileId: file.id })).toMatchObject({ refused: 'FILE_NOT_FOUND' });
  });

  test('an answer to a message of another conversation is refused', async () => {
    const { message } = allowed(await send(ann, 'here'));
    id = `${id}-other`;
    allowed(await send(ann, 'there'));
    expect(await send(ann, 'answer', { replyToId: message.id })).toMatchObject({ refused: 'MESSAGE_NOT_FOUND' });
    expect(await texts()).toEqual(['there']);
  });

  test('needs a user', async () => {
    const command = { type: 'SendMessage', conversationId: id, text: 'Hi' } as const;
    expect(await node.execute(command, host, circumstances)).toMatchObject({ refused: 'FORBIDDEN' });
  });
});

describe('a repeated send', () => {
  const again = { clientMessageId: 'once' };

  test('at the same time, many times, is said once and answered each time', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => send(ann, 'Hi', again)));
    const answers = outcomes.map((outcome) => allowed(outcome));
    expect(new Set(answers.map(({ message }) => message.id)).size).toBe(1);
    expect(answers.filter(({ isRepeat }) => !isRepeat)).toHaveLength(1);
    expect(await texts()).toEqual(['Hi']);
    expect(typesHeard().filter((type) => type === 'MessageSent')).toHaveLength(1);
  });

  test('over another node, and after a restart of this one, is answered with the first', async () => {
    const { message } = allowed(await send(ann, 'Hi', again));
    node = wireUseCases(store);
    expect(allowed(await send(ann, 'changed', again))).toEqual({ message, isRepeat: true });
    expect(node.heard).toEqual([]);
  });

  test('is one only for the same user in the same conversation', async () => {
    await Promise.all([send(ann, 'a', again), send(bob, 'b', again)]);
    expect(await texts()).toEqual(['a', 'b']);
    id = `${id}-other`;
    expect(allowed(await send(ann, 'c', again)).isRepeat).toBe(false);
  });

  test('is answered also after its sender was removed', async () => {
    allowed(await send(bob, 'first'));
    const { message } = allowed(await send(ann, 'Hi', again));
    allowed(await remove(host, 'ann'));
    expect(allowed(await send(ann, 'Hi', again))).toEqual({ message, isRepeat: true });
    expect(await send(ann, 'new')).toMatchObject({ refused: 'NOT_FOUND' });
    expect(await send(ann, 'new', { clientMessageId: 'another' })).toMatchObject({ refused: 'NOT_FOUND' });
  });

  test('is answered also after the chat was closed', async () => {
    const opening = { kind: 'support' } as const;
    const { message } = allowed(await send(ann, 'Hi', { ...again, opening }));
    allowed(await change(as(ann), { status: 'CLOSED' }));
    expect(allowed(await send(ann, 'Hi', { ...again, opening }))).toEqual({ message, isRepeat: true });
    expect(await send(ann, 'new', { opening })).toMatchObject({ refused: 'CONVERSATION_CLOSED' });
  });
});

describe('limits', () => {
  beforeEach(() => {
    node = wireUseCases(store, { burst: 2 });
  });

  test('count accepted messages only', async () => {
    allowed(await send(ann, '1'));
    for (let i = 0; i < 5; i++)
      expect(await send(ann, 'x', { replyToId: 1_000_000 })).toMatchObject({ refused: 'MESSAGE_NOT_FOUND' });
    for (let i = 0; i < 5; i++) expect(await send(ann, ' ')).toMatchObject({ refused: 'MISSING_CONTENT' });
    allowed(await send(ann, '2'));
    expect(await send(ann, '3')).toMatchObject({ refused: 'RATE_LIMITED', retryAfterMs: 1000 });
    node.clock.ms += 1000;
    allowed(await send(ann, '3'));
  });

  test('count a conversation that comes into being as a message, and conversations by themselves', async () => {
    const fresh = () => {
      id = `${id}+`;
    };
    allowed(await join(ann));
    fresh();
    allowed(await createAs(as(ann)));
    fresh();
    expect(await join(ann)).toMatchObject({ refused: 'RATE_LIMITED' });
    expect(await createAs(as(ann))).toMatchObject({ refused: 'RATE_LIMITED' });
    expect(await send(ann, 'x')).toMatchObject({ refused: 'RATE_LIMITED' });
    allowed(await createAs(host));
  });

  test('do not count as created what exists already, or what is refused', async () => {
    for (let i = 0; i < 5; i++)
      expect(await createAs(as(ann), { kind: 'direct' })).toMatchObject({ refused: 'INVALID' });
    for (let i = 0; i < 5; i++)
      expect(await send(ann, 'x', { replyToId: 5 })).toMatchObject({ refused: 'MESSAGE_NOT_FOUND' });
    expect(allowed(await createAs(as(ann))).isNew).toBe(true);
    for (let i = 0; i < 5; i++) expect(allowed(await createAs(as(ann))).isNew).toBe(false);
    allowed(await send(ann, 'still allowed'));
  });

  test('leave messages to whoever may not make more conversations', async () => {
    for (let i = 0; i < 2; i++) {
      allowed(await join(ann));
      id = `${id}+`;
    }
    node.clock.ms += 1000;
    allowed(await join(ann));
    node.clock.ms += 1000;
    id = `${id}+`;
    allowed(await createAs(host, { kind: 'open' }));
    allowed(await send(ann, 'x'));
  });
});

describe('members', () => {
  test('are added once, seen before or not, and answered as the store has them', async () => {
    allowed(await createAs(as(ann)));
    const [first, second] = await Promise.all([add(as(ann), 'nobody-yet'), add(as(ann), 'nobody-yet')]);
    const answers = [allowed(first), allowed(second)];
    expect(answers.map(({ isNew }) => isNew)).toEqual([true, false]);
    const stored = await store.loadMember(id, 'nobody-yet');
    expect(answers.map(({ member }) => member)).toEqual([stored.value, stored.value]);
    expect((await store.loadUsers(['nobody-yet'])).get('nobody-yet')?.name).toBe('nobody-yet');
  });

  test('are answered with what they have read, also when they are added again', async () => {
    allowed(await createAs(as(ann), { memberIds: ['bob'] }));
    const { message } = allowed(await send(ann, 'Hi'));
    const marks = { what: 'everything' } as const;
    allowed(await node.execute<'MarkRead'>({ type: 'MarkRead', conversationId: id, marks }, as(bob), circumstances));
    expect(allowed(await add(as(ann), 'bob'))).toMatchObject({ isNew: false, member: { readCursor: message.id } });
    allowed(await remove(as(ann), 'bob'));
    const again = allowed(await add(as(ann), 'bob'));
    expect(again.isNew).toBe(true);
    expect(again.member).toEqual((await store.loadMember(id, 'bob')).value);
  });

  test('who were removed may not come in until they are added, and those who went may', async () => {
    allowed(await join(ann));
    allowed(await join(bob));
    allowed(await remove(as(ann), 'bob'));
    expect(await join(bob)).toMatchObject({ refused: 'NOT_FOUND' });
    expect(await send(bob, 'x')).toMatchObject({ refused: 'NOT_FOUND' });
    allowed(await add(as(ann), 'bob'));
    allowed(await send(bob, 'x'));
    allowed(await remove(as(bob), 'bob'));
    allowed(await join(bob));
  });

  test('who are removed while they send are heard before it or refused after it', async () => {
    allowed(await join(ann));
    allowed(await join(bob));
    const sends = Array.from({ length: 10 }, (_, i) => send(bob, `${i}`));
    const removed = remove(as(ann), 'bob');
    const later = Array.from({ length: 10 }, (_, i) => send(bob, `later ${i}`));
    for (const outcome of await Promise.all(sends)) allowed(outcome);
    allowed(await removed);
    for (const outcome of await Promise.all(later)) expect(outcome).toMatchObject({ refused: 'NOT_FOUND' });
    expect(node.heard.at(-1)?.event.type).toBe('MemberRemoved');
  });

  test('leave with their last connection, are answered always, and may type until they are removed', async () => {
    const leave = (staysJoined: boolean) =>
      node.execute<'LeaveConversation'>({ type: 'LeaveConversation', conversationId: id }, as(ann), {
        ...circumstances,
        staysJoined,
      });
    const type = () =>
      node.execute<'SetTyping'>({ type: 'SetTyping', conversationId: id, isTyping: true }, as(ann), circumstances);
    expect(allowed(await leave(false))).toEqual({ conversationId: id });
    expect(await type()).toMatchObject({ refused: 'NOT_FOUND' });
    allowed(await join(ann));
    allowed(await leave(true));
    expect(typesHeard()).not.toContain('MemberLeft');
    allowed(await leave(false));
    allowed(await leave(false));
    expect(typesHeard().filter((what) => what === 'MemberLeft')).toHaveLength(1);
    expect(allowed(await type())).toEqual({});
    allowed(await remove(host, 'ann'));
    expect(await type()).toMatchObject({ refused: 'NOT_FOUND' });
  });
});

describe('a support chat', () => {
  const opening = { kind: 'support' } as const;

  test('is taken up by exactly one of the admins who answer at the same time', async () => {
    allowed(await send(ann, 'Help', { opening }));
    const admins = [admin, person('abe', 'ADMIN'), person('amy', 'ADMIN')];
    for (const outcome of await Promise.all(admins.map((one) => send(one, one.id, { opening })))) allowed(outcome);
    expect(typesHeard().filter((type) => type === 'StatusChanged')).toHaveLength(1);
    expect((await store.loadConversation(id)).value).toMatchObject({
      status: 'ACTIVE',
      adminId: 'ada',
      memberCount: 4,
    });
  });

  test('is assigned, closed by its client, and reopened by an admin only', async () => {
    allowed(await send(ann, 'Help', { opening }));
    const assigned = allowed(await change(host, { adminId: 'ada' }));
    expect(assigned.conversation).toMatchObject({ status: 'ACTIVE', adminId: 'ada', pair: ['ann', 'ada'] });
    expect(allowed(await change(as(ann), { status: 'CLOSED' })).conversation.status).toBe('CLOSED');
    expect(await send(admin, 'x', { opening })).toMatchObject({ refused: 'CONVERSATION_CLOSED' });
    expect(await change(as(ann), { status: 'ACTIVE' })).toMatchObject({ refused: 'FORBIDDEN' });
    expect(await change(as(eve), { status: 'ACTIVE' })).toMatchObject({ refused: 'NOT_FOUND' });
    allowed(await change(as(admin), { status: 'ACTIVE' }));
    allowed(await send(ann, 'again', { opening }));
  });
});

describe('what concerns a user alone', () => {
  test('a notification waits also for somebody never seen, and is read by them alone', async () => {
    const notify = {
      type: 'CreateNotification',
      userId: `n-${id}`,
      title: 'T',
      message: 'M',
      notificationType: 'x',
    } as const;
    expect(await node.execute(notify, as(ann), circumstances)).toMatchObject({ refused: 'FORBIDDEN' });
    const outcome = await node.execute<'CreateNotification'>(notify, host, circumstances);
    const { notification } = allowed<Answers['CreateNotification']>(outcome);
    expect(await store.loadNotification(notification.id)).toEqual(notification);
    const read = { type: 'ReadNotification', notificationId: notification.id } as const;
    expect(await node.execute(read, as(ann), circumstances)).toMatchObject({ refused: 'NOTIFICATION_NOT_FOUND' });
    for (let i = 0; i < 2; i++) allowed(await node.execute(read, as(person(notify.userId)), circumstances));
    const { notifications } = await store.listNotifications(notify.userId, { limit: 5 });
    expect(notifications.map(({ isRead }) => isRead)).toEqual([true]);
  });

  test('a revocation is kept, for users never seen as well', async () => {
    const revoke = { type: 'RevokeUser', userId: `r-${id}` } as const;
    expect(await node.execute(revoke, as(ann), circumstances)).toMatchObject({ refused: 'FORBIDDEN' });
    allowed(await node.execute<'RevokeUser'>(revoke, host, circumstances));
    expect((await store.loadRevocations()).get(revoke.userId)).toBe(Math.floor(node.clock.ms / 1000));
  });
});

describe('marking as read', () => {
  const mark = (user: User, marks: CommandOf<'MarkRead'>['marks']) =>
    node.execute<'MarkRead'>({ type: 'MarkRead', conversationId: id, marks }, as(user), circumstances);

  test('right after sending, without waiting, reads what was sent', async () => {
    allowed(await join(bob));
    const [sent, marked] = await Promise.all([send(ann, 'Hi'), mark(bob, { what: 'everything' })]);
    allowed(marked);
    expect((await store.loadMember(id, 'bob')).value).toMatchObject({ readCursor: allowed(sent).message.id });
  });

  test('names the messages that are there, and refuses one that is not', async () => {
    const { message } = allowed(await send(ann, 'Hi'));
    expect(allowed(await mark(ann, { what: 'messages', messageIds: [1_000_000, message.id] })).messageIds).toEqual([
      message.id,
    ]);
    expect(await mark(ann, { what: 'upTo', messageId: 1_000_000 })).toMatchObject({ refused: 'MESSAGE_NOT_FOUND' });
    expect(await mark(eve, { what: 'upTo', messageId: message.id })).toMatchObject({ refused: 'NOT_FOUND' });
  });

  test('twice tells nobody the second time', async () => {
    allowed(await send(ann, 'Hi'));
    allowed(await join(bob));
    await Promise.all([mark(bob, { what: 'everything' }), mark(bob, { what: 'everything' })]);
    expect(typesHeard().filter((type) => type === 'ReadCursorMoved')).toHaveLength(1);
  });
});
