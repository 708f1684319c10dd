import { asks, connects, hears, isAnswered, type Line } from '../harness/lines.ts';
import { the, timeOf } from '../harness/match.ts';

/** What the transcripts of support are written with. */

export const chatId = 'help-7';
export const annAsSender = { id: 1, email: 'ann@example.org', role: 'USER' };
export const adaAsSender = { id: 9, email: 'ada@example.org', role: 'ADMIN' };

/** A message as support writes it. */
export const message = (
  name: string,
  content: string,
  sender: { id: number | string } = annAsSender,
  more: object = {},
) => ({
  id: the(name),
  chatId,
  senderId: sender.id,
  text: content,
  createdAt: timeOf(name),
  sender,
  ...more,
});

export const joined = (who: string, id: string, messages: readonly object[]): Line[] => [
  asks(who, 'joinChat', id),
  hears(who, 'joinedChat', { chatId: id, messages }),
  isAnswered(who, 'joinChat', { event: 'joinedChat', data: { chatId: id, messages } }),
];

export const comesOrGoes = (userId: number, action: 'joined' | 'left', name: string) => ({
  chatId,
  userId,
  action,
  timestamp: timeOf(name),
});

/** Ann has opened her chat, and Ada has joined it. */
export const bothThere: Line[] = [
  connects('ann', 'support'),
  ...joined('ann', chatId, []),
  connects('ada', 'support'),
  ...joined('ada', chatId, []),
  hears('ann', 'participantUpdate', comesOrGoes(9, 'joined', 'ada comes')),
];

export const sent = (who: string, others: readonly string[], message: object): Line[] => [
  hears([who, ...others], 'newMessage', message),
  hears(who, 'messageSent', message),
  isAnswered(who, 'sendMessage', { event: 'messageSent', data: message }),
];
