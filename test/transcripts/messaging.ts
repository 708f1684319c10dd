import { connects, hears, type Line, says } from '../harness/lines.ts';
import { the, timeOf } from '../harness/match.ts';

/** What the transcripts of messaging are written with. */

export const roomId = 'room-id';

/** A message as messaging writes it. */
export const message = (name: string, content: string, sender = '1', more: object = {}) => ({
  id: the(name),
  content,
  sender,
  roomId,
  timestamp: timeOf(name),
  ...more,
});
export const receipt = (name: string) => ({ id: the(name), timestamp: timeOf(name), status: 'sent' });
export const comesOrGoes = (userId: string, name: string) => ({ userId, roomId, timestamp: timeOf(name) });
export const presence = (userId: string, status: string, name: string) => ({
  userId,
  status,
  lastActive: timeOf(name),
});
export const error = (event: string, code: string, message: RegExp = /./) => ({ code, message, event });

/** The user's first join of the room, heard by whoever is in it already. */
export const joins = (who: string, others: readonly string[] = []): Line[] => {
  const name = who.split('/')[0] ?? who;
  const userId = { ann: '1', bob: '2', cat: '3', dan: 'dan-uuid' }[name] ?? '';
  return [
    says(who, 'joinRoom', roomId),
    hears([...others, who], 'userJoinedRoom', comesOrGoes(userId, `${name} joins`)),
    hears(who, 'joinedRoom', roomId),
  ];
};
export const joinsAgain = (who: string): Line[] => [says(who, 'joinRoom', roomId), hears(who, 'joinedRoom', roomId)];
export const sends = (who: string, payload: object, others: readonly string[], name: string, heard: object): Line[] => [
  says(who, 'sendMessage', { roomId, ...payload }),
  hears([who, ...others], 'newMessage', heard),
  hears(who, 'messageSent', receipt(name)),
];
/** Ann and Bob are in the room. */
export const bothThere: Line[] = [
  connects('ann', 'messaging'),
  ...joins('ann'),
  connects('bob', 'messaging'),
  ...joins('bob', ['ann']),
];
