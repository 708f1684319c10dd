import type { Decision, Draft } from '../../src/core/decisions.ts';
import type { Conversation, ConversationKind, Member, MemberRole, User, UserId } from '../../src/core/model.ts';
import { isRefusal, type Refusal } from '../../src/core/refusals.ts';
import type { Rules, Standing } from '../../src/core/rules.ts';

/** The people, places and rules that the tests of decisions speak of. */

export const person = (id: UserId, role = 'USER'): User => ({
  id,
  email: `${id}@example.org`,
  role,
  name: `Name of ${id}`,
});

export const [ann, bob, eve] = [person('ann'), person('bob'), person('eve')];
export const admin = person('ada', 'ADMIN');

export const rules: Rules = { autoCreate: true, adminRoles: new Set(['ADMIN']), contentLimitBytes: 16_384 };
export const strictRules: Rules = { ...rules, autoCreate: false };

export const member = (user: User, role: MemberRole = 'member', isJoined = true): Member => ({
  userId: user.id,
  role,
  since: 2,
  isJoined,
  readCursor: 0,
});

/** A conversation of Ann's, with her and Bob in it unless told otherwise. */
export const place = (kind: ConversationKind, more: Partial<Conversation> = {}): Conversation => ({
  id: 'c',
  kind,
  ...(kind === 'support' ? { status: 'PENDING', clientId: 'ann' } : {}),
  createdBy: 'ann',
  isAutoCreated: false,
  createdAt: 1,
  updatedAt: 1,
  ordinal: 0,
  lastMessageId: 0,
  memberCount: 2,
  pair: ['ann', 'bob'],
  ...more,
});

/** What somebody can be to the place: they themselves, and how they stand to it. */
export const parts = {
  owner: { user: ann, standing: member(ann, 'owner') },
  member: { user: bob, standing: member(bob) },
  stranger: { user: eve, standing: undefined },
  barred: { user: eve, standing: 'barred' },
  admin: { user: admin, standing: undefined },
  'admin within': { user: admin, standing: member(admin) },
  'barred admin': { user: admin, standing: 'barred' },
  host: { user: undefined, standing: undefined },
} as const satisfies { readonly [name: string]: { readonly user: User | undefined; readonly standing: Standing } };
export type Part = keyof typeof parts;

/** A decision in short: its drafts' types, or the code of its refusal. */
export function inShort(outcome: Decision | Refusal): string {
  if (isRefusal(outcome)) return outcome.refused;
  return outcome.drafts.map((draft) => draft.type).join(' ');
}

/** The drafts of a decision that must not be a refusal. */
export function draftsOf(outcome: Decision | Refusal): readonly Draft[] {
  if (isRefusal(outcome)) throw new Error(`should have been allowed: ${outcome.message}`);
  return outcome.drafts;
}
