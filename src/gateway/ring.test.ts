import { expect, test } from 'vitest';
import { person } from '../../test/harness/cast.ts';
import type { Entry, LoggedEvent } from '../core/events.ts';
import { quote } from '../core/messages.ts';
import type { Message } from '../core/model.ts';
import { Ring } from './ring.ts';

const said = (id: number, text: string, more: Partial<Message> = {}): Message => ({
  id,
  conversationId: 'tea',
  ordinal: id,
  sender: person('ann'),
  text,
  at: id,
  ...more,
});
const entry = (position: number, event: LoggedEvent): Entry => ({ position, at: position, event }) as Entry;
const sent = (message: Message): Entry =>
  entry(message.id, { type: 'MessageSent', conversationId: 'tea', message, actorId: 'ann' });
const edited = (position: number, message: Message, text: string): Entry => {
  const now = { ...quote(message), text, editedAt: position };
  return entry(position, { type: 'MessageEdited', conversationId: 'tea', message: now, actorId: 'ann' });
};
const deleted = (position: number, { id: messageId }: Message): Entry =>
  entry(position, { type: 'MessageDeleted', conversationId: 'tea', messageId, senderId: 'ann', actorId: 'ann' });

const topics = { conversationIds: ['tea'], userId: 'bob' };

test('words that were taken back are nowhere told, and nothing else is lost', () => {
  const ring = new Ring(100, 0);
  const first = said(1, 'secret');
  const reply = said(2, 'what?', { replyToId: 1, replyTo: quote(first) });
  for (const one of [sent(first), sent(reply), edited(3, first, 'secret, too'), sent(said(4, 'else'))]) ring.add(one);
  expect(JSON.stringify(ring.after(0))).toContain('secret, too');
  expect(JSON.stringify(ring.after(0))).not.toContain('"secret"');
  ring.add(deleted(5, first));
  for (const told of [ring.after(0), ring.ofTopics(0, topics)]) {
    expect(JSON.stringify(told)).not.toContain('secret');
    expect(told.map(({ position }) => position)).toEqual([1, 2, 4, 5]);
  }
  expect(ring.at(3)).toBeUndefined();
  expect(ring.at(1)?.event).toMatchObject({ message: { id: 1, text: '', deletedAt: 5 } });
});

test('a ring that has let go of a message takes its revisions, and lets go of them in turn', () => {
  const ring = new Ring(4, 0);
  const messages = [1, 2, 3, 4, 5].map((id) => said(id, `text ${id}`));
  for (const message of messages) ring.add(sent(message));
  for (const [index, message] of messages.entries()) ring.add(edited(6 + index, message, 'new'));
  expect(ring.ofTopics(6, topics).map(({ position }) => position)).toEqual([7, 8, 9, 10]);
  for (let position = 11; position < 20; position++) ring.add(deleted(position, said(position - 10, '')));
  expect(ring.ofTopics(15, topics).map(({ position }) => position)).toEqual([16, 17, 18, 19]);
  expect(ring.covers(15)).toBe(true);
});

const entryOf = (position: number): Entry => ({
  position,
  at: position,
  event: { type: 'UserRevoked', userId: position % 2 === 0 ? 'ann' : 'bob', revokedAtSeconds: position },
});

function filled(positions: readonly number[], capacity = 10): Ring {
  const ring = new Ring(capacity, 0);
  for (const position of positions) ring.add(entryOf(position));
  return ring;
}

const ofAnn = { userId: 'ann', conversationIds: [] };
const positionsOf = (entries: readonly Entry[]) => entries.map(({ position }) => position);

test('what lies before the horizon is told no more, and what lies behind it as ever', () => {
  const ring = filled([1, 2, 3, 4, 6]);
  ring.forgetThrough(3);
  expect(ring.horizon).toBe(3);
  expect([ring.covers(2), ring.covers(3)]).toEqual([false, true]);
  expect([ring.at(3), ring.at(4)?.position]).toEqual([undefined, 4]);
  expect(positionsOf(ring.after(3))).toEqual([4, 6]);
  expect(positionsOf(ring.ofTopics(3, ofAnn))).toEqual([4, 6]);
  ring.add(entryOf(8));
  expect(positionsOf(ring.ofTopics(3, ofAnn))).toEqual([4, 6, 8]);
});

test('a horizon never moves back, and may lie before or beyond all that the ring holds', () => {
  const ring = filled([1, 2, 3, 4, 5, 6, 7, 8], 4);
  ring.forgetThrough(2);
  expect(positionsOf(ring.after(4))).toEqual([5, 6, 7, 8]);
  ring.forgetThrough(20);
  ring.forgetThrough(1);
  expect(ring.horizon).toBe(20);
  expect(ring.after(4)).toEqual([]);
  expect(ring.ofTopics(4, ofAnn)).toEqual([]);
  ring.add(entryOf(10));
  expect(positionsOf(ring.ofTopics(8, ofAnn))).toEqual([10]);
});
