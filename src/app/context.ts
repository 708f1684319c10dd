import type { Actor } from '../core/commands.ts';
import type { Position, User } from '../core/model.ts';
import { type Refusal, refuse } from '../core/refusals.ts';
import type { Rules } from '../core/rules.ts';
import type { Allowances } from './allowances.ts';
import type { Blocks } from './blocks.ts';
import type { Commit, OnCommit } from './commit.ts';
import type { Lanes } from './lanes.ts';
import type { Clock, Ids, SessionRow, Store } from './ports.ts';

/** What the use cases work with. Each takes from it what it needs. */
export type House = {
  readonly store: Store;
  readonly lanes: Lanes;
  readonly commit: Commit;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly rules: Rules;
  readonly allowances: Allowances;
  readonly blocks: Blocks;
};

/** The circumstances of one command. */
export type Circumstances = {
  /** `https://chat.example.com`: what addresses handed out begin with. */
  readonly baseUrl: string;
  /** Called after the commit, before anybody hears of it. */
  readonly onCommit?: OnCommit;
  /**
   * Written in the same commit: what the asking session hears from then on. Asked when the command is decided, with how far the
   * log was known when it gave the user the standing that this is decided on.
   */
  readonly session?: (seenAt: Position) => SessionRow | undefined;
  /** Does another connection of the user stay joined when this one leaves? */
  readonly staysJoined?: boolean;
};

/** The user who asks; the host cannot do what needs one. */
export function userOf(actor: Actor): User | Refusal {
  if (actor.kind === 'user') return actor.user;
  return refuse('FORBIDDEN', { message: 'This needs a user. Send a user token, or say which user it is for.' });
}

/** The user who asks; undefined for the host. */
export function optionalUserOf(actor: Actor): User | undefined {
  return actor.kind === 'user' ? actor.user : undefined;
}

/** The part of the circumstances that goes along into the commit. */
export function along(circumstances: Circumstances): Pick<Circumstances, 'onCommit' | 'session'> {
  const { onCommit, session } = circumstances;
  return { ...(onCommit ? { onCommit } : {}), ...(session ? { session } : {}) };
}
