import { beforeEach, describe, expect, test } from 'vitest';
import {
  add,
  arrive,
  flush,
  hub,
  join,
  limits,
  openHub,
  position,
  remove,
  say,
  texts,
  type,
} from '../../test/harness/hub-scene.ts';
import { connect } from '../../test/harness/links.ts';

beforeEach(openHub);

describe('a turn', () => {
  test('of many messages in many conversations is one write per connection, in log order', async () => {
    const a = await join('ann', 'messaging', '1');
    add('ann', '2');
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

  test('that is over leaves nothing of what was said with those who heard it', async () => {
    const { connection } = await join('ann', 'messaging');
    say('ann', 'x');
    const [run] = connection.outbox;
    expect(run).toMatchObject({ utterances: [{}], isSealed: false });
    flush.now();
    expect(run).toMatchObject({ utterances: [], isSealed: true });
    expect(connection.outbox).toEqual([]);
  });

  test('that is over begins again as a new one, for those who listen then', async () => {
    const [a, b] = [await join('ann', 'messaging'), await join('bob', 'messaging')];
    say('ann', 'x');
    say('ann', 'y');
    const [run] = a.connection.outbox;
    flush.now();
    say('ann', 'z');
    expect(a.connection.outbox[0]).toBe(run);
    flush.now();
    const c = await join('cid', 'messaging');
    say('ann', 'last');
    flush.now();
    for (const { link } of [a, b]) expect(texts(link)).toEqual(['x', 'y', 'z', 'last']);
    expect(texts(c.link)).toEqual(['last']);
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

  test('in which all have spoken shares what each said with all to whom it sounds the same', async () => {
    const names = ['ann', 'bob', 'eve'];
    const listeners = await Promise.all(names.map((name) => join(name, 'direct')));
    const silent = await join('dan', 'direct');
    for (const name of names) say(name, `of ${name}`);
    flush.now();
    for (const [index, { link }] of listeners.entries()) {
      const [chunks] = link.writes;
      expect(link.writes).toHaveLength(1);
      const heard = chunks?.map(({ packets }) => packets.map((packet) => packet.split(' ')[0]));
      expect(heard).toEqual(
        names.map((_, at) => (at === index ? ['new_message'] : ['new_message', 'message_notification'])),
      );
    }
    const [ann, bob, eve] = listeners.map(({ link }) => link.writes[0]);
    expect(ann?.[1]).toBe(eve?.[1]);
    expect(ann?.[2]).toBe(bob?.[2]);
    expect(bob?.[0]).toBe(eve?.[0]);
    expect(silent.link.writes[0]).toHaveLength(1);
    expect(silent.link.packets).toEqual(
      [bob?.[0], ann?.[1], ann?.[2]].flatMap((chunk) => chunk?.packets ?? ['nothing']),
    );
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
    const others = [await join('eve', 'messaging'), await arrive('dan', 'kenz')];
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
    expect(hub.joinedOf('1').has(joined.connection)).toBe(false);
    expect(others.map(({ link }) => texts(link))).toEqual([
      ['before', 'after'],
      ['before', 'after'],
    ]);
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
    // Until it is closed it may even read on: what was left out in between must not be followed by anything.
    link.bufferedBytes = 0;
    say('bob', 'y');
    flush.now();
    expect(link.writes).toEqual([]);
    expect(link.closes).toEqual(['slowConsumer']);
    expect(flush.slowConsumers).toBe(1);
  });
});
