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

/** By the user's role, which tokens alone give: no profile and no membership makes an admin. */
export function isAdmin(user: User, rules: Rules): boolean {
  return rules.adminRoles.has(user.role);
}

/** Admins look after support chats, but for one that they were removed from. */
export function administers(
  user: User,
  { kind }: Pick<KnownConversation, 'kind'>,
  standing: Standing,
  rules: Rules,
): boolean {
  return kind === 'support' && isAdmin(user, rules) && standing !== 'barred';
}

/** Owners keep order in groups and open conversations; nobody owns the others. */
export function ownsGroup({ kind }: Pick<KnownConversation, 'kind'>, standing: Standing): boolean {
  return (kind === 'group' || kind === 'open') && isMember(standing) && standing.role === 'owner';
}

/** The part of an event that says whose doing it is: nothing where it is the host's. */
export function doneBy(user: User | undefined): { readonly actorId?: UserId } {
  return user === undefined ? {} : { actorId: user.id };
}

/** The profile of a user of whom nothing but the id is known. */
export function userNamedOnly(id: UserId): User {
  return { id, email: '', role: 'USER', name: id };
}
