import type { LoggedEventType } from './events.ts';

/** What an operator may let go after a time. */
export const forgettableKinds = ['messages', 'notifications'] as const;
export type ForgettableKind = (typeof forgettableKinds)[number];

/** With what each entry goes. What says who belongs where, and what somebody may do, stays. */
const forgottenWith = {
  ConversationCreated: 'never',
  ConversationChanged: 'never',
  StatusChanged: 'never',
  MemberAdded: 'never',
  MemberRemoved: 'never',
  MemberJoined: 'never',
  MemberLeft: 'never',
  MemberRoleChanged: 'never',
  MemberSettingsChanged: 'never',
  MessageSent: 'messages',
  MessageEdited: 'messages',
  MessageDeleted: 'messages',
  MessageReacted: 'messages',
  MessageUnreacted: 'messages',
  ReadCursorMoved: 'never',
  NotificationCreated: 'notifications',
  NotificationRead: 'notifications',
  NotificationsRead: 'notifications',
  UserChanged: 'never',
  UserRevoked: 'never',
  BlockChanged: 'never',
  BanChanged: 'never',
} as const satisfies { readonly [T in LoggedEventType]: ForgettableKind | 'never' };

/** The types of the entries that go with a kind. */
export function typesOf(kind: ForgettableKind): readonly LoggedEventType[] {
  return (Object.keys(forgottenWith) as LoggedEventType[]).filter((type) => forgottenWith[type] === kind);
}
