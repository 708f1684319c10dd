import type { Topic } from '../core/events.ts';
import type { ConversationId, Id, Position, TimeMs } from '../core/model.ts';

/** What is kept beside the log for those who follow it, and for those who ask who did what. */

/** An address of the host application that is told of what happens. */
export type Webhook = {
  readonly id: Id;
  /** http or https. */
  readonly url: string;
  /** Signs what is sent there. */
  readonly secret: string;
  /** The types of events that it is told of; none: all. */
  readonly events: readonly string[];
  readonly createdAt: TimeMs;
};

/** What went wrong last, while something still does. */
export type WebhookFailure = {
  readonly at: TimeMs;
  readonly message: string;
  /** At that event. */
  readonly attempts: number;
};

/** A conversation, or user, that a webhook has gone past: of it, everything up to here was delivered or parked. */
export type Straggler = Topic & { readonly position: Position };

/** How far a webhook has come. */
export type WebhookPlace = {
  /** Everything up to here was delivered or parked, but what is of stragglers. */
  readonly position: Position;
  /** All of them are behind `position`. */
  readonly stragglers: readonly Straggler[];
};

/** What is wrong with a webhook as it is saved. */
export type SavedFailure = WebhookFailure & {
  /** Up to here the log had been read: what failed is no further, and may fail again until the place has come as far. */
  readonly through?: Position;
};

export type WebhookState = Webhook &
  WebhookPlace & {
    /** Counts how often it was set back: whoever still goes on from before must not move it. */
    readonly generation: number;
    readonly failure?: SavedFailure;
    readonly parkedCount: number;
  };

/** What could not be delivered in as many attempts as there are. */
export type ParkedDelivery = {
  readonly webhookId: Id;
  readonly position: Position;
  readonly type: string;
  readonly conversationId?: ConversationId;
  readonly failure: WebhookFailure;
};

/** Who did what, when, and from where. Never a token, a key or a secret. */
export type AuditRecord = {
  readonly at: TimeMs;
  /** Absent: the host application. */
  readonly userId?: Id;
  /** The route's name: `banUser`. */
  readonly action: string;
  /** What the route was asked about, as it names it. */
  readonly target: { readonly [name: string]: string };
  /** What was asked for, as JSON text, cut where it is long. */
  readonly details?: string;
  /** The address that the request came from. */
  readonly address: string;
  readonly requestId: string;
  /** The HTTP status that it was answered with. */
  readonly status: number;
};

/** All that these answer is on disk. None of it is part of the log. */
export interface FollowerStore {
  /** A new one begins behind `position`; one that is there keeps its place. */
  saveWebhook(webhook: Webhook, position: Position): Promise<void>;
  /** With all that was parked for it. False: there is none. */
  removeWebhook(id: Id): Promise<boolean>;
  /** In the order in which they were made. */
  loadWebhooks(): Promise<readonly WebhookState[]>;
  /**
   * Moves it forward, with its stragglers; a place behind the known one changes neither. False, and nothing is changed, where it
   * is gone or of another generation.
   */
  moveWebhook(id: Id, generation: number, to: WebhookPlace & { readonly failure?: SavedFailure }): Promise<boolean>;
  /**
   * Sets it back, or ahead, and forgets what is parked behind that place. Who is not as far as that remains a straggler.
   * False: there is none.
   */
  replayWebhook(id: Id, position: Position): Promise<boolean>;
  /** Parking again replaces what is known of it. */
  parkDelivery(parked: ParkedDelivery): Promise<void>;
  /** Oldest first; `after`: the position of the last one of the page before. */
  listParked(
    webhookId: Id,
    page: { readonly limit: number; readonly after?: Position },
  ): Promise<{ readonly parked: readonly ParkedDelivery[]; readonly hasMore: boolean }>;
  /**
   * Is the lease the holder's for this long from now? It is, where nobody else has it or theirs has run out. Zero gives it back.
   * Time is the store's own, the same for all nodes.
   */
  takeLease(name: string, holder: Id, forMs: number): Promise<boolean>;
  saveAudit(record: AuditRecord): Promise<void>;
  /** Newest first; `before`: the id of the last one of the page before. */
  listAudit(page: {
    readonly limit: number;
    readonly before?: number;
  }): Promise<{ readonly records: readonly (AuditRecord & { readonly id: number })[]; readonly hasMore: boolean }>;
}
