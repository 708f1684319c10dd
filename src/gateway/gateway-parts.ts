import type { Allowance } from '../app/allowances.ts';
import type { Authentication } from '../app/authenticate.ts';
import type { Commit } from '../app/commit.ts';
import type { Execute, HandMessage } from '../app/execute.ts';
import type { Lanes } from '../app/lanes.ts';
import type { Bus, Clock, Head, Store } from '../app/ports.ts';
import type { Entry, EphemeralEvent } from '../core/events.ts';
import type { Position } from '../core/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Connection } from './connection.ts';
import type { Claim } from './inbound.ts';
import type { Packaging } from './transport.ts';

/** What the gateway is made of, and what the operator has decided about it. */

export type GatewayOptions = {
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly events: Allowance;
  readonly payloadLimitBytes: number;
  readonly softLimitBytes: number;
  readonly hardLimitBytes: number;
  readonly connectionsPerUser: number;
  readonly connectionsPerAddress: number;
  readonly typingExpiresMs: number;
  readonly presenceGraceMs: number;
  readonly heartbeatAwayMs: number;
  readonly ringEntries: number;
  /** How long after its end a token is still taken; its connections live as long. */
  readonly tokenLeewayMs: number;
  /** How long a session that is gone may come back. */
  readonly sessionRetentionMs: number;
};

export type GatewayParts = {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  /** By which tokens end. */
  readonly tokenClock: Clock;
  readonly lanes: Lanes;
  readonly commit: Commit;
  readonly execute: Execute;
  readonly handMessage: HandMessage;
  readonly authentication: Authentication;
  readonly dialects: readonly Dialect[];
  readonly claim: Claim;
  readonly packagings: { readonly [M in Dialect['mount']]: Packaging };
  readonly head: Head;
  /** The newest entries of the log, everything in `(after, head.position]`: what clients that come back after a restart missed. */
  readonly recent: { readonly after: Position; readonly entries: readonly Entry[] };
  /** `about`: ids that tell where it happened. */
  readonly onError: (error: unknown, what: string, about?: { readonly [id: string]: unknown }) => void;
  /** Hears of every connection that comes and goes. */
  readonly onConnection?: (happened: 'opened' | 'closed', connection: Connection) => void;
  /** Hears how many entries a session was told that came back. */
  readonly onResumed?: ((entries: number) => void) | undefined;
  /** Hears what this node has to say of typing and presence: of its own users, and of those of nodes that are gone. */
  readonly onEphemeral?: (event: EphemeralEvent) => void;
};
