import { closes, connects, follows, hears, type Line, says } from '../../harness/lines.ts';
import { the, timeOf } from '../../harness/match.ts';

export const rooms = (): Line[] => {
  const ann = { id: '1', username: 'Ann' };
  const bob = { id: '2', username: 'Bob' };
  const usersList = (...users: object[]) => ({ type: 'room_users_list', users });
  const coming = (type: string, { id, username }: typeof ann) => ({ type, user_id: id, username });
  const tea = {
    type: 'chat_message',
    message: 'Tea at four?',
    sender_username: 'Ann',
    sender_id: '1',
    timestamp: timeOf('tea'),
    message_id: the('tea'),
  };
  return [
    connects('ann', 'rooms', { room: 'general/' }),
    hears('ann', 'room_users_list', usersList(ann)),
    hears('ann', 'user_join', coming('user_join', ann)),
    says('ann', '', { message: 'Tea at four?', clientMessageId: 'tea-1' }),
    hears('ann', 'chat_message', tea),
    connects('bob', 'rooms', { room: 'general/' }),
    hears('bob', 'room_users_list', usersList(ann, bob)),
    hears('bob', 'chat_message', tea),
    hears(['bob', 'ann'], 'user_join', coming('user_join', bob)),
    says('bob', '', { message: '' }),
    hears('bob', 'error', { error: /./ }),
    closes('bob'),
    hears('ann', 'user_leave', coming('user_leave', bob)),
    follows('bob', 'general/', 'tea'),
    hears('bob', 'room_users_list', usersList(ann, bob)),
    hears(['bob', 'ann'], 'user_join', coming('user_join', bob)),
  ];
};
