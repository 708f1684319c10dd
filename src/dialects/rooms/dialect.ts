import { acknowledged, type Dialect, type EarlierPiece, type Frame, inbound } from '../dialect.ts';
import { closes, messageIdFrom, unlessDeleted } from '../wire.ts';
import { chatMessage, roomUsersList, say, userJoin, userLeave } from './messages.ts';
import { ChatMessage, ErrorPayload, RoomUsersList, Say, UserJoin, UserLeave } from './payloads.ts';

const roomName = /^[A-Za-z0-9_.-]{1,100}$/;
const newestShown = 50;

const words: Dialect['words'] = {
  MISSING_CONTENT: 'Message content is missing',
  MALFORMED: 'Invalid JSON format received',
  INVALID:
    'Send a JSON object whose "message" is the text to say. A clientMessageId, if any, is a string of 1 to 200 characters.',
};

function before({ presentUsers, messages }: EarlierPiece): Frame[] {
  const history = messages.map((message) => ({ name: 'chat_message', payload: chatMessage(message) }));
  return presentUsers ? [{ name: 'room_users_list', payload: roomUsersList(presentUsers) }, ...history] : history;
}

/** Open named rooms over plain WebSockets: connecting is joining. */
export const rooms: Dialect = {
  name: 'rooms',
  title: 'Realtime rooms',
  mount: '/ws/chat',

  entrance: {
    read(name, query) {
      if (!roomName.test(name)) return undefined;
      const after = messageIdFrom(query.get('after'));
      return {
        type: 'JoinConversation',
        conversationId: name,
        opening: { kind: 'open' },
        history: after === undefined ? { want: 'newest', limit: newestShown } : { want: 'after', position: after },
      };
    },
    answer: ({ presentUsers, messages, user }) => [
      ...before({ presentUsers, messages }),
      { name: 'user_join', payload: userJoin(user) },
    ],
    earlier: before,
    answers: { room_users_list: RoomUsersList, chat_message: ChatMessage, user_join: UserJoin },
  },

  inbound: {
    '': inbound({
      request: 'SendMessage',
      schema: Say,
      read: say,
      answer: () => acknowledged(),
    }),
  },

  outbound: {
    MessageSent: [
      {
        name: 'chat_message',
        to: 'joined',
        schema: ChatMessage,
        write: ({ event }) => unlessDeleted(event.message, chatMessage),
      },
    ],
    PresentUsersChanged: [
      {
        name: 'user_join',
        to: 'joinedOthers',
        schema: UserJoin,
        write: ({ event }) => (event.isPresent ? userJoin(event.user) : undefined),
      },
      {
        name: 'user_leave',
        to: 'joinedOthers',
        schema: UserLeave,
        write: ({ event }) => (event.isPresent ? undefined : userLeave(event.user)),
      },
    ],
    // Its document names five types and promises no others: clients meet revisions in the history, on coming back.
    MessageEdited: 'silent',
    MessageDeleted: 'silent',
    MessageReacted: 'silent',
    MessageUnreacted: 'silent',
    ConversationCreated: 'silent',
    ConversationChanged: 'silent',
    StatusChanged: 'silent',
    MemberAdded: 'silent',
    MemberRemoved: 'silent',
    MemberJoined: 'silent',
    MemberLeft: 'silent',
    ReadCursorMoved: 'silent',
    NotificationCreated: 'silent',
    MemberRoleChanged: 'silent',
    MemberSettingsChanged: 'silent',
    NotificationRead: 'silent',
    NotificationsRead: 'silent',
    UserChanged: 'silent',
    UserRevoked: 'silent',
    BlockChanged: 'silent',
    BanChanged: 'silent',
    TypingChanged: 'silent',
    PresenceChanged: 'silent',
  },

  words,
  error: { schema: ErrorPayload, write: ({ refused, message }) => ({ error: words?.[refused] ?? message }) },
  closes,
};
