import { beforeEach, describe, expect, test, vi } from 'vitest';
import { person } from '../../test/harness/cast.ts';
import { connect, type FakeLink, plainPackaging } from '../../test/harness/links.ts';
import type { Entry, EphemeralEvent, LoggedEvent } from '../core/events.ts';
import type { ConversationId, Position, UserId } from '../core/model.ts';
import type { DialectName } from '../dialects/dialect.ts';
import { dialects } from '../dialects/index.ts';
import type { Connection } from './connection.ts';
import { Flush } from './flush.ts';
import { Hub } from './hub.ts';
import { Run } from './run.ts';
import { Speech } from './speech.ts';

let memberships: Map<UserId, ConversationId[]>;
let position: Position;
let flush: Flush;
let hub: Hub;

const limits = { softLimitBytes: 1000, hardLimitBytes: 5000 };

beforeEach(() => {
  memberships = new Map();
  position = 100;
  flush = new Flush({ head: () => position, offset: (at) => `${at}`, ...limits });
  const speech = new Speech(dialects.map((dialect) => ({ dialect, packaging: plainPackaging })));
  const loadMemberships = async (ids: readonly UserId[]) => ({
    position,
    value: new Map(
      ids.map((id) => [id, (memberships.get(id) ?? []).map((conversationId) => ({ conversationId, since: 1 }))]),
    ),
  });
  hub = new Hub({ store: { loadMemberships }, speech, flush });
});

/** Somebody who is a member of these conversations connects. */
async function arrive(
  userId: UserId,
  dialect: DialectName | 'silent',
  conversationIds: readonly ConversationId[] = ['1'],
) {
  memberships.set(userId, [...conversationIds]);
  const online = await hub.users.arrive(userId);
  const { connection, link } = connect(userId, dialect, online);
  hub.users.add(online, connection);
  hub.users.leaveDoor(online);
  hub.listenersChanged();
  return { connection, link };
}

/** They connect, and join. */
async function join(userId: UserId, dialect: DialectName, conversationId: ConversationId = '1') {
  const arrived = await arrive(userId, dialect, [conversationId]);
  hub.join(arrived.connection, conversationId, position);
  return arrived;
}

function publish(event: LoggedEvent): void {
  hub.publish({ position: ++position, at: 1_760_000_000_000, event } as Entry);
}

function say(userId: UserId, text: string, conversationId: ConversationId = '1'): void {
  const message = { id: position + 1, conversationId, ordinal: 1, sender: person(userId), text, at: 1_760_000_000_000 };
  publish({ type: 'MessageSent', conversationId, message, actorId: userId });
}

const type = (userId: UserId, conversationId: ConversationId = '1'): EphemeralEvent => ({
  type: 'TypingChanged',
  conversationId,
  user: person(userId),
  isTyping: true,
  actorId: userId,
});
const remove = (userId: UserId) =>
  publish({ type: 'MemberRemoved', conversationId: '1', userId, wasJoined: true, mayReenter: false });
const add = (userId: UserId) =>
  publish({ type: 'MemberAdded', conversationId: '1', kind: 'open', user: person(userId), role: 'member' });

/** The texts of the messages that arrived, in order. */
const texts = (link: FakeLink) =>
  link.packets.flatMap((packet) => packet.match(/"(?:content|text|message)":"([^"]*)"/)?.[1] ?? []);

describe('a turn', () => {
  test('of many messages in many conversations is one write per connection, in log order', async () => {
    const a = await join('ann', 'messaging', '1');
    memberships.set('ann', ['1', '2']);
    add2('ann');
    hub.join(a.connection, '2', position);
    flush.now();
    const before = a.link.writes.length;
    for (let i = 0; i < 20; i++) say('bob', `${i}`, i % 3 ? '1' : '2');
    flush.now();
    expect(a.link.writes.length - before).toBe(1);
    expect(texts(a.link)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
  });

  test('leaves by itself at its end', async () => {
    const { link } = await join('ann', 'messaging');
    say('ann', 'x');
    expect(link.writes).toEqual([]);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(texts(link)).toEqual(['x']);
  });

  test('hands the very same chunk to everybody who hears the same', async () => {
    const listeners = await Promise.all(Array.from({ length: 5 }, (_, i) => join(`u${i}`, 'messaging')));
    const others = await Promise.all(Array.from({ length: 5 }, (_, i) => arrive(`k${i}`, 'kenz')));
    for (const text of ['x', 'y']) say('u1', text);
    flush.now();
    for (const group of [listeners, others]) {
      const chunks = group.map(({ link }) => link.writes.flat());
      expect(chunks[0]).toHaveLength(1);
      for (const [chunk] of chunks) expect(chunk).toBe(chunks[0]?.[0]);
      expect(chunks[0]?.[0]?.bytes).toBe(chunks[1]?.[0]?.bytes);
    }
  });

  test('keeps answers where they were given among what rooms say', async () => {
    const { connection, link } = await join('ann', 'messaging');
    const other = await join('bob', 'messaging');
    say('bob', '1');
    flush.direct(connection, ['answer']);
    say('bob', '2');
    say('bob', '3');
    flush.direct(connection, ['another', 'and one']);
    say('bob', '4');
    flush.now();
    expect(link.writes).toHaveLength(1);
    expect(link.names).toEqual(['newMessage', 'answer', 'newMessage', 'newMessage', 'another', 'and', 'newMessage']);
    expect(texts(link)).toEqual(['1', '2', '3', '4']);
    expect(texts(other.link)).toEqual(['1', '2', '3', '4']);
  });

  test('brings to whoever joins in the middle of it what is said from then on', async () => {
    const early = await join('ann', 'messaging');
    const late = await arrive('bob', 'messaging');
    say('ann', 'before');
    hub.join(late.connection, '1', position);
    say('ann', 'after');
    flush.now();
    expect(texts(early.link)).toEqual(['before', 'after']);
    expect(texts(late.link)).toEqual(['after']);
  });

  test('brings to whoever connects or begins to listen in the middle of it what is said from then on', async () => {
    const early = await arrive('ann', 'kenz');
    const mute = await arrive('eve', 'messaging');
    say('ann', 'before');
    const late = await arrive('bob', 'kenz');
    mute.connection.speak((await arrive('x', 'kenz', [])).connection.lastSpoken);
    hub.listenersChanged();
    say('ann', 'after');
    flush.now();
    expect(texts(early.link)).toEqual(['before', 'after']);
    expect(texts(late.link)).toEqual(['after']);
    expect(texts(mute.link)).toEqual(['after']);
  });

  test('ends for whoever leaves in the middle of it', async () => {
    const { connection, link } = await join('ann', 'messaging');
    say('bob', 'before');
    expect(hub.leave(connection, '1')).toBe(true);
    expect(hub.leave(connection, '1')).toBe(false);
    say('bob', 'after');
    flush.now();
    expect(texts(link)).toEqual(['before']);
  });

  test('ends for whoever is removed, with the news of it, in all their connections', async () => {
    const joined = await join('ann', 'messaging');
    const online = joined.connection.online;
    const listening = connect('ann', 'kenz', online);
    hub.users.add(online, listening.connection);
    hub.listenersChanged();
    say('bob', 'before');
    remove('ann');
    say('bob', 'after');
    flush.now();
    expect(texts(joined.link)).toEqual(['before']);
    expect(joined.link.names).toEqual(['newMessage', 'userLeftRoom']);
    expect(texts(listening.link)).toEqual(['before']);
    expect([...hub.joinedOf('1')]).toEqual([]);
  });

  test('begins for whoever is added, wherever they are', async () => {
    const { link } = await arrive('ann', 'kenz', []);
    say('bob', 'before');
    add('ann');
    say('bob', 'after');
    flush.now();
    expect(texts(link)).toEqual(['after']);
  });

  test('writes nothing to whoever is gone', async () => {
    const { connection, link } = await join('ann', 'messaging');
    say('bob', 'x');
    connection.isClosed = true;
    hub.remove(connection);
    say('bob', 'y');
    flush.direct(connection, ['z']);
    flush.now();
    expect(link.writes).toEqual([]);
    expect(connection.outbox).toEqual([]);
  });
});

/** Puts Ann into the second conversation. */
function add2(userId: UserId): void {
  publish({ type: 'MemberAdded', conversationId: '2', kind: 'open', user: person(userId), role: 'member' });
}

describe('who hears a message', () => {
  const rows: readonly (readonly [DialectName | 'silent', boolean, readonly string[]])[] = [
    ['kenz', false, ['receive_message']],
    ['kenz', true, ['receive_message']],
    ['silent', false, ['receive_message', 'message_notification']],
    ['direct', false, ['message_notification']],
    ['direct', true, ['new_message', 'message_notification']],
    ['messaging', false, []],
    ['messaging', true, ['newMessage']],
    ['rooms', false, []],
    ['support', false, []],
    ['support', true, ['newMessage']],
  ];
  test.each(rows)('of another: a %s connection that has joined: %s', async (dialect, hasJoined, names) => {
    const { connection, link } = await arrive('ann', dialect);
    if (hasJoined) hub.join(connection, '1', position);
    say('bob', 'x');
    flush.now();
    expect([...link.names].sort()).toEqual([...names].sort());
  });

  test('of their own: the sender, in every connection, exactly once each, and without a notification', async () => {
    const { connection, link } = await join('ann', 'direct');
    const second = connect('ann', 'direct', connection.online);
    hub.users.add(connection.online, second.connection);
    const silent = connect('ann', 'silent', connection.online);
    hub.users.add(connection.online, silent.connection);
    const bob = await arrive('bob', 'direct');
    say('ann', 'x');
    flush.now();
    expect(link.names).toEqual(['new_message']);
    expect(second.link.names).toEqual([]);
    expect(silent.link.names).toEqual(['receive_message']);
    expect(bob.link.names).toEqual(['message_notification']);
  });

  test('is no stranger', async () => {
    const { link } = await arrive('eve', 'kenz', []);
    say('ann', 'x');
    flush.now();
    expect(link.writes).toEqual([]);
  });

  test('in a turn in which several speak, each without a notification of their own words', async () => {
    const [ann, bob] = [await arrive('ann', 'direct'), await arrive('bob', 'direct')];
    say('ann', 'a');
    say('bob', 'b');
    say('eve', 'e');
    flush.now();
    expect(ann.link.packets.filter((packet) => packet.includes('"a"'))).toEqual([]);
    expect([ann.link.names.length, bob.link.names.length]).toEqual([2, 2]);
  });
});

describe('who hears what passes by', () => {
  test('typing is heard by those who joined, the typist excepted where their document says so', async () => {
    const [ann, bob] = [await join('ann', 'direct'), await join('bob', 'direct')];
    const messaging = await join('ann', 'messaging');
    hub.publishEphemeral(type('ann'), 1);
    flush.now();
    expect(ann.link.names).toEqual([]);
    expect(bob.link.names).toEqual(['typing_start']);
    expect(messaging.link.names).toEqual(['userTyping']);
  });

  test('presence is heard once by each who shares conversations, and not by the user or by strangers', async () => {
    const ann = await arrive('ann', 'messaging', ['1', '2', '3']);
    const bob = await arrive('bob', 'messaging', ['1', '2']);
    const eve = await arrive('eve', 'messaging', ['4']);
    const event = { type: 'PresenceChanged', userId: 'ann', status: 'away', lastActive: 1, actorId: 'ann' } as const;
    hub.publishEphemeral(event, 1);
    flush.now();
    expect([ann, bob, eve].map(({ link }) => link.names)).toEqual([[], ['presenceUpdate'], []]);
  });

  test('that somebody is offline is heard after their last connection has gone', async () => {
    const bob = await arrive('bob', 'messaging');
    const ann = await arrive('ann', 'messaging');
    ann.connection.isClosed = true;
    hub.remove(ann.connection);
    const event = { type: 'PresenceChanged', userId: 'ann', status: 'offline', lastActive: 1, actorId: 'ann' } as const;
    hub.publishEphemeral(event, 1);
    await vi.waitFor(() => {
      flush.now();
      expect(bob.link.names).toEqual(['presenceUpdate']);
    });
    expect(hub.users.get('ann')).toBeUndefined();
  });
});

describe('a slow reader', () => {
  test('is spared what is not worth keeping above the soft limit, and nothing else', async () => {
    const [slow, quick] = [await join('ann', 'messaging'), await join('bob', 'messaging')];
    slow.link.bufferedBytes = limits.softLimitBytes + 1;
    hub.publishEphemeral(type('eve'), 1);
    say('eve', 'x');
    hub.publishEphemeral(type('eve'), 1);
    flush.now();
    expect(slow.link.names).toEqual(['newMessage']);
    expect(quick.link.names).toEqual(['userTyping', 'newMessage', 'userTyping']);
    slow.link.bufferedBytes = limits.softLimitBytes;
    hub.publishEphemeral(type('eve'), 1);
    flush.now();
    expect(slow.link.names).toEqual(['newMessage', 'userTyping']);
    expect(flush.shedTurns).toBe(1);
  });

  test('is let go above the hard limit, to come back', async () => {
    const { link } = await join('ann', 'messaging');
    link.bufferedBytes = limits.hardLimitBytes + 1;
    say('bob', 'x');
    flush.now();
    expect(link.writes).toEqual([]);
    expect(link.closes).toEqual(['slowConsumer']);
    expect(flush.slowConsumers).toBe(1);
  });
});

describe('the place in the log', () => {
  const resumable = (connection: Connection, link: FakeLink) => {
    link.canResume = true;
    return connection;
  };

  test('is told last in a write, and only to those who can come back', async () => {
    const [ann, bob] = [await join('ann', 'messaging'), await join('bob', 'messaging')];
    resumable(ann.connection, ann.link);
    say('eve', 'x');
    say('eve', 'y');
    flush.now();
    expect(ann.link.names).toEqual(['newMessage', 'newMessage', `@${position}`]);
    expect(bob.link.names).toEqual(['newMessage', 'newMessage']);
    expect(ann.link.writes).toHaveLength(1);
  });

  test('is not told ahead of history that is still being read', async () => {
    const { connection, link } = await join('ann', 'messaging');
    resumable(connection, link);
    connection.heardUpTo = 42;
    connection.joinsUnderWay.push({ conversationId: '2', isLeft: false });
    say('eve', 'x');
    flush.now();
    expect(link.names).toEqual(['newMessage', '@42']);
  });

  test('is told alone where it is asked for, and not where nothing was heard', async () => {
    const { connection, link } = await join('ann', 'messaging');
    resumable(connection, link);
    flush.position(connection);
    flush.now();
    expect(link.names).toEqual([`@${position}`]);
    publish({ type: 'ConversationChanged', conversationId: '1', title: 'Tea' });
    flush.now();
    expect(link.names).toEqual([`@${position - 1}`]);
  });
});

test('a conversation of which nobody hears as a mere member does not gather what nobody takes away', async () => {
  const added = vi.spyOn(Run.prototype, 'add');
  await arrive('ann', 'messaging');
  for (let i = 0; i < 5; i++) {
    say('bob', `${i}`);
    flush.now();
  }
  expect(added).not.toHaveBeenCalled();
  const { link } = await arrive('eve', 'kenz');
  say('bob', 'heard');
  flush.now();
  expect(texts(link)).toEqual(['heard']);
});

test('a connection that is being caught up hears nothing live, and leaving then is nobody’s going', async () => {
  const { connection, link } = await arrive('ann', 'messaging');
  connection.isLive = false;
  expect(hub.join(connection, '1', position)).toBe(false);
  say('bob', 'x');
  flush.now();
  expect(link.writes).toEqual([]);
  expect(hub.leave(connection, '1')).toBe(false);
  expect(connection.joined.size).toBe(0);
});
