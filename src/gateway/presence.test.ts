import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { person } from '../../test/harness/cast.ts';
import { connect } from '../../test/harness/links.ts';
import type { EphemeralEvent } from '../core/events.ts';
import { Presence } from './presence.ts';
import { PresentUsers } from './present-users.ts';
import { Typing } from './typing.ts';

let told: string[];
let parts: {
  publish(event: EphemeralEvent): void;
  tell(): void;
  clock: { nowMs(): number };
  graceMs: number;
};

beforeEach(() => {
  vi.useFakeTimers({ now: 1_760_000_000_000 });
  told = [];
  const publish = (event: EphemeralEvent) => {
    if (event.type === 'PresenceChanged') told.push(`${event.userId} ${event.status}`);
    else if (event.type === 'PresentUsersChanged') told.push(`${event.user.id} ${event.isPresent ? 'came' : 'went'}`);
    else told.push(`${event.user.id} ${event.isTyping ? 'types' : 'stops'} in ${event.conversationId}`);
  };
  parts = { publish, tell: () => undefined, clock: { nowMs: () => Date.now() }, graceMs: 3000 };
});
afterEach(() => {
  vi.useRealTimers();
});

/** What was told since this was asked last. */
const news = () => told.splice(0);

describe('presence', () => {
  let presence: Presence;
  beforeEach(() => {
    presence = new Presence({ ...parts, awayAfterMs: 60_000 });
  });
  afterEach(() => presence.dispose());

  const arrive = (userId: string) => {
    const { connection } = connect(userId, 'messaging');
    presence.connected(connection);
    return connection;
  };

  test('begins with the first connection, and ends a moment after the last', () => {
    const [first, second] = [arrive('ann'), arrive('ann')];
    expect(news()).toEqual(['ann online']);
    presence.disconnected(first);
    vi.advanceTimersByTime(10_000);
    presence.disconnected(second);
    vi.advanceTimersByTime(2900);
    expect(news()).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(news()).toEqual(['ann offline']);
    expect(presence.statusOf('ann')).toBe('offline');
  });

  test('does not end for whoever is back by then', () => {
    presence.disconnected(arrive('ann'));
    vi.advanceTimersByTime(2000);
    arrive('ann');
    vi.advanceTimersByTime(60_000);
    expect(news()).toEqual(['ann online']);
  });

  test('is away when a connection that sent heartbeats is silent for a minute, until it is heard of again', () => {
    const connection = arrive('ann');
    presence.heartbeat(connection);
    vi.advanceTimersByTime(59_000);
    expect(news()).toEqual(['ann online']);
    vi.advanceTimersByTime(7000);
    expect(news()).toEqual(['ann away']);
    presence.heartbeat(connection);
    expect(news()).toEqual(['ann online']);
  });

  test('is never away for silence alone, without heartbeats', () => {
    arrive('ann');
    vi.advanceTimersByTime(600_000);
    expect(news()).toEqual(['ann online']);
  });

  test('is away only when all connections are', () => {
    const [first, second] = [arrive('ann'), arrive('ann')];
    presence.heartbeat(first);
    vi.advanceTimersByTime(70_000);
    expect(news()).toEqual(['ann online']);
    presence.disconnected(second);
    vi.advanceTimersByTime(6000);
    expect(news()).toEqual(['ann away']);
    arrive('ann');
    expect(news()).toEqual(['ann online']);
  });

  test('that the user has set holds against heartbeats, silence and new connections', () => {
    const connection = arrive('ann');
    news();
    for (const status of ['busy', 'away'] as const) {
      presence.set(connection, status);
      presence.heartbeat(connection);
      presence.active(connection);
      arrive('ann');
      vi.advanceTimersByTime(70_000);
      expect(news()).toEqual([`ann ${status}`]);
      expect(presence.statusOf('ann')).toBe(status);
    }
  });

  test('is nothing that somebody who is not here can set', () => {
    presence.set(connect('eve', 'messaging').connection, 'busy');
    presence.disconnected(connect('eve', 'messaging').connection);
    vi.advanceTimersByTime(10_000);
    expect(news()).toEqual([]);
  });
});

describe('the users who are present in a conversation', () => {
  let present: PresentUsers;
  beforeEach(() => {
    present = new PresentUsers(parts);
  });
  afterEach(() => present.dispose());
  const ids = () => present.list('1').map(({ id }) => id);

  test('come and go once each, however many connections they have, in the order in which they came', () => {
    for (const id of ['bob', 'ann', 'bob']) present.joined('1', person(id));
    expect(news()).toEqual(['bob came', 'ann came']);
    expect(ids()).toEqual(['bob', 'ann']);
    present.left('1', 'bob');
    expect(news()).toEqual([]);
    present.left('1', 'bob');
    expect(news()).toEqual(['bob went']);
    expect(ids()).toEqual(['ann']);
  });

  test('who lose their last connection are given a moment to come back', () => {
    present.joined('1', person('ann'));
    present.lost('1', 'ann');
    vi.advanceTimersByTime(2000);
    expect(ids()).toEqual(['ann']);
    present.joined('1', person('ann'));
    vi.advanceTimersByTime(10_000);
    expect(news()).toEqual(['ann came']);
    present.lost('1', 'ann');
    vi.advanceTimersByTime(3000);
    expect(news()).toEqual(['ann went']);
    expect(ids()).toEqual([]);
  });

  test('who were given a moment and say that they leave are gone at once, and once', () => {
    present.joined('1', person('ann'));
    present.lost('1', 'ann');
    present.left('1', 'ann');
    expect(news()).toEqual(['ann came', 'ann went']);
    vi.advanceTimersByTime(10_000);
    expect(news()).toEqual([]);
  });

  test('are each conversation’s own, and nobody goes who never came', () => {
    present.joined('1', person('ann'));
    present.left('2', 'ann');
    present.left('1', 'bob');
    expect(news()).toEqual(['ann came']);
    expect(present.list('2')).toEqual([]);
  });
});

describe('typing', () => {
  let typing: Typing;
  beforeEach(() => {
    typing = new Typing({ ...parts, expiresMs: 6000 });
  });
  afterEach(() => typing.dispose());

  test('is told as it is said, and stops when it is said', () => {
    typing.changed('1', person('ann'), true);
    typing.changed('1', person('ann'), false);
    vi.advanceTimersByTime(60_000);
    expect(news()).toEqual(['ann types in 1', 'ann stops in 1']);
  });

  test('of somebody who vanished stops by itself after a few seconds, once', () => {
    typing.changed('1', person('ann'), true);
    vi.advanceTimersByTime(5900);
    expect(news()).toEqual(['ann types in 1']);
    vi.advanceTimersByTime(2000);
    expect(news()).toEqual(['ann stops in 1']);
    vi.advanceTimersByTime(60_000);
    expect(news()).toEqual([]);
  });

  test('goes on for whoever says so again, in each conversation by itself', () => {
    typing.changed('1', person('ann'), true);
    typing.changed('2', person('ann'), true);
    vi.advanceTimersByTime(4000);
    typing.changed('1', person('ann'), true);
    news();
    vi.advanceTimersByTime(4000);
    expect(news()).toEqual(['ann stops in 2']);
    vi.advanceTimersByTime(4000);
    expect(news()).toEqual(['ann stops in 1']);
  });
});
