import type { KnownConversation, Member, User, UserId } from './model.ts';

/** What the operator has decided, as far as decisions depend on it. */
export type Rules = {
  /** Does touching an unknown id bring a conversation into being? */
  readonly autoCreate: boolean;
  readonly adminRoles: ReadonlySet<string>;
  /** UTF-8 bytes of a message's text. */
  readonly contentLimitBytes: number;
};

/** What a user is to a conversation. `barred`: removed by somebody else, and not added again. */
export type Standing = Member | 'barred' | undefined;

/** What a decision about a conversation stands on: the conversation, and the asking user's standing in it. */
export type Facts = {
  readonly conversation: KnownConversation | undefined;
  readonly standing: Standing;
};

export function isMember(standing: Standing): standing is Member {
  return typeof standing === 'object';
}

export function isAdmin(user: User, rules: Rules): boolean {
  return rules.adminRoles.has(user.role);
}

/** A user who was named before they were ever seen. */
export function userNamedOnly(id: UserId): User {
  return { id, email: '', role: 'USER', name: id };
}
