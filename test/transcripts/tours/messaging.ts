import { ack, asks, connects, frame, hears, hearsInAnyOrder, type Line, says } from '../../harness/lines.ts';
import { the, timeOf } from '../../harness/match.ts';
import { answered, exchange } from './exchange.ts';

export const messaging = (): Line[] => {
  const roomId = 'tea-room';
  const inRoom = (userId: string, name: string) => ({ userId, roomId, timestamp: timeOf(name) });
  const attachment = { url: 'https://files.example.org/cups.jpg', type: 'image/jpeg', name: 'cups.jpg' };
  const said = { content: 'Tea at four?', attachment, metadata: { mood: 'merry' } };
  const tea = { id: the('tea'), sender: '1', roomId, timestamp: timeOf('tea'), ...said };
  const receipt = { id: the('tea'), timestamp: timeOf('tea'), status: 'sent' };
  const typing = { userId: '2', roomId, isTyping: true };
  const read = { messageId: the('tea'), userId: '2', roomId };
  const synced = { roomId, syncedMessageCount: 1, hasMore: false };
  const named = { roomId, messageId: the('tea') };
  const edited = { id: the('tea'), roomId, sender: '1', content: 'At five?', editedAt: timeOf('edit') };
  const refused = { code: 'MISSING_CONTENT', message: /./, event: 'sendMessage' };
  const joins = (who: string, userId: string, others: string[]): Line[] => [
    asks(who, 'joinRoom', roomId),
    hears([...others, who], 'userJoinedRoom', inRoom(userId, `${who} joins`)),
    hearsInAnyOrder(who, frame('joinedRoom', roomId), ack('joinRoom', answered('joinedRoom', roomId))),
  ];
  return [
    connects('ann', 'messaging'),
    ...joins('ann', '1', []),
    connects('bob', 'messaging'),
    ...joins('bob', '2', ['ann']),
    asks('ann', 'sendMessage', { roomId, ...said, clientMessageId: 'tea-1' }),
    hearsInAnyOrder(
      'ann',
      frame('newMessage', tea),
      frame('messageSent', receipt),
      ack('sendMessage', answered('messageSent', receipt)),
    ),
    hears('bob', 'newMessage', tea),
    asks('bob', 'typingIndicator', { roomId, isTyping: true }),
    hearsInAnyOrder('bob', frame('userTyping', typing), ack('typingIndicator', {})),
    hears('ann', 'userTyping', typing),
    says('bob', 'typingIndicator', { roomId, isTyping: false }),
    hears(['bob', 'ann'], 'userTyping', { ...typing, isTyping: false }),
    asks('bob', 'readReceipt', { roomId, messageId: the('tea') }),
    hearsInAnyOrder('bob', frame('messageRead', read), ack('readReceipt', {})),
    hears('ann', 'messageRead', read),
    asks('bob', 'presenceUpdate', { status: 'busy' }),
    hearsInAnyOrder('bob', ack('presenceUpdate', {})),
    hears('ann', 'presenceUpdate', { userId: '2', status: 'busy', lastActive: timeOf('busy') }),
    asks('bob', 'heartbeat', {}),
    hearsInAnyOrder('bob', ack('heartbeat', {})),
    asks('bob', 'syncMessages', { roomId, lastMessageId: '0', limit: 50 }),
    hears('bob', 'newMessage', tea),
    hearsInAnyOrder('bob', frame('syncComplete', synced), ack('syncMessages', answered('syncComplete', synced))),
    ...exchange('ann', ['bob'], ['editMessage', { ...named, content: 'At five?' }], ['messageEdited', edited], edited),
    ...exchange(
      'bob',
      ['ann'],
      ['react', { ...named, emoji: '🫖' }],
      ['messageReaction', { messageId: the('tea'), roomId, userId: '2', emoji: '🫖', action: 'added' }],
    ),
    ...exchange(
      'ann',
      ['bob'],
      ['deleteMessage', named],
      ['messageDeleted', { id: the('tea'), roomId, timestamp: timeOf('deletion') }],
    ),
    asks('bob', 'sendMessage', { roomId, content: '' }),
    hearsInAnyOrder('bob', frame('error', refused), ack('sendMessage', answered('error', refused))),
    asks('bob', 'leaveRoom', roomId),
    hearsInAnyOrder(
      'bob',
      frame('userLeftRoom', inRoom('2', 'bob leaves')),
      frame('leftRoom', roomId),
      ack('leaveRoom', answered('leftRoom', roomId)),
    ),
    hears('ann', 'userLeftRoom', inRoom('2', 'bob leaves')),
  ];
};
