import { beforeEach, describe, expect, test } from 'vitest';
import { flush, join, openHub, position, publish, say } from '../../test/harness/hub-scene.ts';
import type { FakeLink } from '../../test/harness/links.ts';
import type { Connection } from './connection.ts';

beforeEach(openHub);

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

  test('is told on the way as well where much is said at once', async () => {
    const { connection, link } = await join('ann', 'messaging');
    resumable(connection, link);
    const first = position + 1;
    for (let i = 0; i < 45; i++) say('eve', `${i}`);
    flush.now();
    expect(link.names.filter((name) => name.startsWith('@'))).toEqual([
      `@${first + 19}`,
      `@${first + 39}`,
      `@${position}`,
    ]);
    expect(link.names.indexOf(`@${first + 19}`)).toBe(20);
    expect(link.writes).toHaveLength(1);
  });

  test('is told on the way also to whom some of it sounds different than to the others', async () => {
    const [ann, bob] = [await join('ann', 'direct'), await join('bob', 'direct')];
    for (const { connection, link } of [ann, bob]) resumable(connection, link);
    const first = position + 1;
    for (let i = 0; i < 40; i++) say('ann', `${i}`);
    flush.now();
    for (const { link } of [ann, bob]) {
      expect(link.names.filter((name) => name.startsWith('@'))).toEqual([`@${first + 19}`, `@${position}`]);
      expect(link.names.at(-1)).toBe(`@${position}`);
      expect(link.writes).toHaveLength(1);
    }
    expect(ann.link.names.indexOf(`@${first + 19}`)).toBe(20);
    expect(bob.link.names.indexOf(`@${first + 19}`)).toBe(40);
    expect(flush.deliveries).toBe(40 + 80 + 2);
  });

  test('is their own for those who hear the same from different places', async () => {
    const [ann, bob] = [await join('ann', 'messaging'), await join('bob', 'messaging')];
    for (const { connection, link } of [ann, bob]) resumable(connection, link);
    bob.connection.heardUpTo = 42;
    bob.connection.joinsUnderWay = 1;
    say('eve', 'x');
    flush.now();
    expect(ann.link.names).toEqual(['newMessage', `@${position}`]);
    expect(bob.link.names).toEqual(['newMessage', '@42']);
  });

  test('is not told ahead of history that is still being read', async () => {
    const { connection, link } = await join('ann', 'messaging');
    resumable(connection, link);
    connection.heardUpTo = 42;
    connection.joinsUnderWay = 1;
    say('eve', 'x');
    flush.now();
    expect(link.names).toEqual(['newMessage', '@42']);
  });

  test('is told before words that a client takes for it, as of when they were said', async () => {
    const { connection, link } = await join('ann', 'messaging');
    resumable(connection, link);
    say('eve', 'x');
    const before = position;
    flush.direct(connection, ['joinedRoom "2"'], ['2']);
    say('eve', 'y');
    flush.now();
    expect(link.names).toEqual(['newMessage', `@${before}`, 'joinedRoom', 'newMessage', `@${position}`]);
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
