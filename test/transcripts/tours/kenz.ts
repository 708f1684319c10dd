import { ack, asks, calls, connects, frame, hears, hearsInAnyOrder, type Line } from '../../harness/lines.ts';
import { the, timeOf } from '../../harness/match.ts';
import { answered, exchange } from './exchange.ts';

export const kenz = (): Line[] => {
  const spoken = { auth: { dialect: 'kenz' } };
  const message = (name: string, more: object) => ({
    id: the(name),
    chat_id: 7,
    type: 'text',
    file_url: null,
    created_at: timeOf(name),
    ...more,
  });
  const tea = message('tea', { sender_id: 1, message: 'Tea at four?' });
  const file_url = 'https://files.example.org/cups.png';
  const cups = message('cups', { sender_id: 2, message: '', type: 'image', file_url });
  const named = { chatId: 7, messageId: the('tea') };
  const edited = { id: the('tea'), chat_id: 7, sender_id: 1, message: 'Tea at five?', edited_at: timeOf('edit') };
  const refused = /missing/;
  return [
    calls('host', 'POST /api/v1/conversations', { id: 7, kind: 'group', members: [1, 2] }, 201),
    connects('ann', 'kenz', spoken),
    connects('bob', 'kenz', spoken),
    asks('ann', 'send_message', { chatId: 7, message: 'Tea at four?', type: 'text', clientMessageId: 'tea-1' }),
    hearsInAnyOrder('ann', frame('receive_message', tea), ack('send_message', tea)),
    hears('bob', 'receive_message', tea),
    asks('bob', 'send_message', { chatId: 7, message: '', type: 'image', file_url }),
    hearsInAnyOrder('bob', frame('receive_message', cups), ack('send_message', cups)),
    hears('ann', 'receive_message', cups),
    ...exchange(
      'ann',
      ['bob'],
      ['edit_message', { ...named, message: 'Tea at five?' }],
      ['receive_edit', edited],
      edited,
    ),
    ...exchange(
      'bob',
      ['ann'],
      ['react', { ...named, emoji: '🫖' }],
      ['receive_reaction', { message_id: the('tea'), chat_id: 7, user_id: 2, emoji: '🫖', action: 'added' }],
    ),
    ...exchange(
      'ann',
      ['bob'],
      ['delete_message', named],
      ['receive_deletion', { id: the('tea'), chat_id: 7, deleted_at: timeOf('deletion') }],
    ),
    asks('bob', 'send_message', { chatId: 7 }),
    hearsInAnyOrder('bob', frame('error', refused), ack('send_message', answered('error', refused))),
  ];
};
