import { acknowledged, type Dialect, inbound } from '../dialect.ts';
import { closes } from '../wire.ts';
import { receiveMessage, sendMessage } from './messages.ts';
import { ErrorMessage, ReceiveMessage, SendMessage } from './payloads.ts';

/** Mobile chats without a join step: whoever is a member of a chat hears it on every connection. */
export const kenz: Dialect = {
  name: 'kenz',
  title: 'Chat-Kenz',
  mount: '/',

  inbound: {
    send_message: inbound({
      request: 'SendMessage',
      schema: SendMessage,
      read: sendMessage,
      answer: ({ message }) => acknowledged(receiveMessage(message)),
      ack: ReceiveMessage,
    }),
  },

  outbound: {
    MessageSent: [
      {
        name: 'receive_message',
        to: 'members',
        schema: ReceiveMessage,
        write: ({ event }) => receiveMessage(event.message),
        forSilentListeners: true,
      },
    ],
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
    PresentChanged: 'silent',
    PresenceChanged: 'silent',
  },

  error: { schema: ErrorMessage, write: (refusal) => refusal.message },
  closes,
};
