import { expect, test } from 'vitest';
import type { Message, Outgoing } from './model.ts';
import { deleted, emptyTimeline, hear, merge, reacted, revise } from './timeline.ts';

const said = (id: number, more: Partial<Message> = {}): Message => ({
  id: String(id),
  conversationId: 'tea',
  senderId: '2',
  text: `message ${id}`,
  at: id,
  ...more,
});
const ids = (messages: readonly Message[]) => messages.map(({ id }) => id);

test('messages stand in their order, each once, however they come', () => {
  expect(ids(merge([said(9), said(10)], [said(10), said(11)]))).toEqual(['9', '10', '11']);
  expect(ids(merge([said(9)], [said(2), said(100), said(2)]))).toEqual(['2', '9', '100']);
  expect(ids(merge([], [said(3), said(1)]))).toEqual(['1', '3']);
});

test('of the same message heard twice, nothing that was known is lost', () => {
  const [message] = merge([said(1, { senderName: 'Ann' })], [said(1, { clientMessageId: 'a' })]);
  expect(message).toMatchObject({ senderName: 'Ann', clientMessageId: 'a' });
});

test('hearing nothing new changes nothing, so that nothing is shown anew', () => {
  const timeline = { ...emptyTimeline, messages: [said(1), said(2)] };
  expect(hear(timeline, [], '1')).toBe(timeline);
});

test('what was said is no longer outgoing once it is heard, and only for its own sender', () => {
  const outgoing: Outgoing = {
    clientMessageId: 'a',
    conversationId: 'tea',
    senderId: '1',
    text: 'Hello',
    at: 1,
    state: { is: 'sending' },
  };
  const timeline = { ...emptyTimeline, outgoing: [outgoing] };
  expect(hear(timeline, [said(5, { senderId: '2', clientMessageId: 'a' })], '1').outgoing).toHaveLength(1);
  expect(hear(timeline, [said(5, { senderId: '1', clientMessageId: 'a' })], '1').outgoing).toHaveLength(0);
});

test('a window that ends in the past does not take what is said now, so that it has no gap', () => {
  const timeline = { ...emptyTimeline, messages: [said(1)], hasNewer: true };
  expect(hear(timeline, [said(50)], '1').messages).toHaveLength(1);
});

test('reactions are counted once for each user, and go when nobody is left', () => {
  const one = reacted(reacted(said(1), '👍', '1', true), '👍', '1', true);
  expect(one.reactions).toEqual([{ emoji: '👍', userIds: ['1'] }]);
  expect(reacted(one, '👍', '1', false).reactions).toEqual([]);
  const two = reacted(one, '👍', '2', true);
  expect(two.reactions).toEqual([{ emoji: '👍', userIds: ['1', '2'] }]);
  expect(reacted(two, '👍', '1', false).reactions).toEqual([{ emoji: '👍', userIds: ['2'] }]);
});

test('of a deleted message nothing is left, nor where it is quoted', () => {
  const quote = { id: '1', senderId: '2', text: 'a secret' };
  const timeline = { ...emptyTimeline, messages: [said(1, { text: 'a secret' }), said(2, { replyTo: quote })] };
  const { messages } = revise(timeline, '1', (message) => deleted(message, 9));
  expect(JSON.stringify(messages)).not.toContain('secret');
  expect(messages[0]).toMatchObject({ deletedAt: 9 });
});
