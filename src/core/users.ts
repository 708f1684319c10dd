import type { Actor, CommandOf } from './commands.ts';
import type { Decision } from './decisions.ts';
import { isWebAddress } from './forms.ts';
import type { Ban, TimeMs, User, UserId } from './model.ts';
import { type Refusal, refuse } from './refusals.ts';
import { doneBy, isAdmin, type Rules, userNamedOnly } from './rules.ts';

/** Profiles of users, and who is kept out: bans, and tokens that were revoked. */

const nameLimit = 200;
const emailLimit = 320;
const reasonLimit = 500;

const nothing: Decision = { drafts: [], expects: [] };

/**
 * The host names anybody, seen before or not; users change their own name and picture. Rights come from tokens alone, so a
 * profile has no say in them.
 */
export function decideProfile(
  command: CommandOf<'ChangeProfile'>,
  actor: Actor,
  known: User | undefined,
): Decision | Refusal {
  const { userId, name, email, imageUrl } = command;
  if (actor.kind === 'user' && (actor.user.id !== userId || email !== undefined)) {
    return refuse('FORBIDDEN', { message: 'You may change your own name and picture only. Ask the host application.' });
  }
  if (name !== undefined && (name.trim() === '' || name.length > nameLimit)) {
    return refuse('INVALID', { message: `A name has 1 to ${nameLimit} characters.` });
  }
  if (email !== undefined && email.length > emailLimit) {
    return refuse('INVALID', { message: `An email address has at most ${emailLimit} characters.` });
  }
  if (imageUrl && !isWebAddress(imageUrl)) {
    return refuse('INVALID', { message: 'The address of a picture must be an absolute http or https URL.' });
  }
  const before = known ?? userNamedOnly(userId);
  const { imageUrl: _, ...rest } = before;
  const picture = imageUrl === undefined ? before.imageUrl : (imageUrl ?? undefined);
  const user: User = {
    ...rest,
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(picture === undefined ? {} : { imageUrl: picture }),
  };
  const isSame = before.name === user.name && before.email === user.email && before.imageUrl === user.imageUrl;
  return known && isSame ? nothing : { drafts: [{ type: 'UserChanged', user }], expects: [] };
}

/** The host keeps anybody out; admins keep out whoever is no admin. `subject`: whom it is about, as they were seen last. */
function mayKeepOut(actor: Actor, userId: UserId, subject: User | undefined, rules: Rules): boolean {
  if (actor.kind === 'host') return true;
  return isAdmin(actor.user, rules) && actor.user.id !== userId && !(subject && isAdmin(subject, rules));
}

/** Bans a user or lifts the ban; {@link mayKeepOut} says who may. Banning again replaces reason and end. */
export function decideBan(
  command: CommandOf<'SetBan'>,
  actor: Actor,
  facts: { readonly subject: User | undefined; readonly ban: Ban | undefined },
  rules: Rules,
  at: TimeMs,
): Decision | Refusal {
  const { userId, isBanned, reason, untilMs } = command;
  if (!mayKeepOut(actor, userId, facts.subject, rules)) {
    return refuse('FORBIDDEN', { message: 'Only the host application and admins may ban, and admins no admins.' });
  }
  if (reason !== undefined && reason.length > reasonLimit) {
    return refuse('INVALID', { message: `A reason has at most ${reasonLimit} characters.` });
  }
  if (isBanned && untilMs !== undefined && untilMs <= at) {
    return refuse('INVALID', { message: 'A ban must end in the future. Leave `until` out for one without an end.' });
  }
  if (!isBanned && !facts.ban) return nothing;
  const by = doneBy(actor.kind === 'user' ? actor.user : undefined);
  const ban = isBanned
    ? { ...(reason === undefined ? {} : { reason }), ...(untilMs === undefined ? {} : { untilMs }) }
    : {};
  return { drafts: [{ type: 'BanChanged', userId, isBanned, ...ban, ...by }], expects: [] };
}

/** Is it in force at this moment? */
export function isBanned(ban: Ban | undefined, at: TimeMs): boolean {
  return ban !== undefined && (ban.untilMs === undefined || at < ban.untilMs);
}

/** Every token issued up to and including this second is refused from now on; {@link mayKeepOut} says who may. */
export function decideRevoke(
  command: CommandOf<'RevokeUser'>,
  actor: Actor,
  subject: User | undefined,
  rules: Rules,
  at: TimeMs,
): Decision | Refusal {
  if (!mayKeepOut(actor, command.userId, subject, rules)) {
    return refuse('FORBIDDEN', { message: 'Only the host application and admins may revoke, and admins no admins.' });
  }
  return {
    drafts: [{ type: 'UserRevoked', userId: command.userId, revokedAtSeconds: Math.floor(at / 1000) }],
    expects: [],
  };
}

/** Is a token of this age refused? One without an issue time always is, once its user was revoked. */
export function isRevoked(revokedAtSeconds: number | undefined, issuedAtSeconds: number | undefined): boolean {
  if (revokedAtSeconds === undefined) return false;
  // Some applications sign fractions of a second: what was issued within that second is refused with it.
  return issuedAtSeconds === undefined || Math.floor(issuedAtSeconds) <= revokedAtSeconds;
}

/** The profile after a token: what it names is taken over, what it does not name stays as it was known. */
export function profileAfter(
  known: User | undefined,
  seen: User,
  named: { readonly email: boolean; readonly name: boolean },
): User {
  if (!known) return seen;
  return {
    id: seen.id,
    email: named.email ? seen.email : known.email,
    // Rights come from the token in hand alone, never from an older one.
    role: seen.role,
    name: named.name ? seen.name : known.name,
    ...(known.imageUrl === undefined ? {} : { imageUrl: known.imageUrl }),
  };
}
