import { beforeEach, describe, expect, test, vi } from 'vitest';
import { person } from '../../test/harness/cast.ts';
import {
  arrive,
  flush,
  hub,
  join,
  openHub,
  position,
  publish,
  say,
  texts,
  type,
} from '../../test/harness/hub-scene.ts';
import { connect, plainPackaging } from '../../test/harness/links.ts';
import type { Entry } from '../core/events.ts';
import type { Message } from '../core/model.ts';
import type { DialectName } from '../dialects/dialect.ts';
import { Run } from './run.ts';
import { relations } from './speech.ts';

beforeEach(openHub);

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
    await expect
      .poll(() => {
        flush.now();
        return bob.link.names;
      })
      .toEqual(['presenceUpdate']);
    expect(hub.users.get('ann')).toBeUndefined();
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

test('a connection that has ended hears nothing of what it joins, which its session remembers', async () => {
  const { connection } = await arrive('ann', 'messaging');
  connection.isClosed = true;
  expect(hub.join(connection, '1', position)).toBe(false);
  expect(hub.joinedOf('1').size).toBe(0);
  expect([...connection.joined.keys()]).toEqual(['1']);
});

test('what was written of a message for those who come back is not told once it was edited or deleted', async () => {
  const { connection } = await join('bob', 'messaging');
  const sender = person('ann');
  const message = { id: 1, conversationId: '1', ordinal: 1, sender, text: 'secret', at: 1 };
  const sent = (now: Message): Entry => ({
    position: 1,
    at: 1,
    event: { type: 'MessageSent', conversationId: '1', message: now, actorId: 'ann' },
  });
  const told = (now: Message) => {
    const utterance = hub.utteranceOf(sent(now));
    return utterance.chunk(connection.voice | relations.joined, plainPackaging)?.packets.join() ?? '';
  };
  expect(told(message)).toContain('secret');
  expect(told({ ...message, text: 'only read from the log again' })).toContain('secret');
  publish({ type: 'MessageEdited', conversationId: '1', message: { ...message, text: 'new', editedAt: 2 } });
  expect(told({ ...message, text: 'new' })).toContain('new');
  publish({ type: 'MessageDeleted', conversationId: '1', messageId: 1, senderId: 'ann' });
  expect(told({ ...message, text: '', deletedAt: 3 })).toBe('');
});
