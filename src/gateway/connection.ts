import type { Bucket } from '../app/allowances.ts';
import type { ConversationId, Id, Position, TimeMs, User, UserId } from '../core/model.ts';
import type { Dialect, DialectName } from '../dialects/dialect.ts';
import type { Place } from './pids.ts';
import { Remembered } from './remembered.ts';
import type { Run } from './run.ts';
import type { SendWaiter } from './sends-under-way.ts';
import { SlimMap } from './slim-map.ts';
import { muteVoice, silentVoice, type Voice, voiceOf } from './speech.ts';
import type { Link, Packaging } from './transport.ts';

/** A user with at least one connection on this node, or one at the door. */
export class OnlineUser {
  readonly id: UserId;
  /** Replaced when one comes or goes. */
  connections: readonly Connection[] = [];
  /** What the user is a member of, each with the entry that made them one. */
  readonly conversationIds = new SlimMap<ConversationId, Position>();
  /** The memberships are as of this position or newer; -1 until they are loaded. */
  loadedAt: Position = -1;
  loading: Promise<void> | undefined;
  /** Connections that are being admitted and need this to stay. */
  atTheDoor = 0;

  constructor(id: UserId) {
    this.id = id;
  }
}

/** What a connection asks for, once its turn has come. Where others have to wait for its answer, `begin` gives word of it. */
export type Turn = { begin(): Promise<void> | undefined };

/** Of events that came too fast; times in ms, `second` in seconds. */
export type Refusals = {
  /** Since when there was nothing else; 0 where there was. */
  since: TimeMs;
  second: number;
  inThisSecond: number;
  inLastSecond: number;
  lastErrorAt: TimeMs;
  floodUntil: TimeMs;
};

/** Packets for one connection alone: answers, refusals, history. */
export type Direct = {
  readonly packets: string[];
  /** Words that a client takes for its place in the log, and the place that it has to be told before it hears them. */
  misleading: { readonly words: string[]; readonly place: Place } | undefined;
};

/**
 * One live link of a user, with what it hears. Plain state; the rules are in the files that change it.
 */
export class Connection {
  // What every packet asks for comes first, and so lies together in memory: fetching it is much of what a packet costs.
  /** What leaves at the end of this turn, in order. */
  readonly outbox: (Run | Direct)[] = [];
  isDirty = false;
  readonly packaging: Packaging;
  readonly link: Link;
  /** It did not read, and is told nothing any more until it is closed. */
  isLetGo = false;
  /** False while it is being caught up: until then it hears nothing of what is new. */
  isLive = true;
  isClosed = false;
  voice: Voice;
  readonly user: User;
  /** Joins whose history is being read: until it is out, the client must not be told that it has heard everything. */
  joinsUnderWay = 0;
  /** What it is about to enter, each with by how many joins and messages under way. */
  enteringBy: Map<ConversationId, number> | undefined;
  /** Messages of its own on their way, the number of the newest, and who waits for them: see `sends-under-way.ts`. */
  sendsUnderWay = 0;
  lastSendNumber = 0;
  sendWaiters: readonly SendWaiter[] | undefined;
  /** What it is about to leave, from the first leave on. */
  leavingFrom: Set<ConversationId> | undefined;
  /** What waits, in each conversation, for the answer to a join, a leave or a question of this connection; oldest first. */
  lines: Map<ConversationId, Turn[]> | undefined;
  /** What it has asked for and not been answered yet. */
  requestsUnderWay = 0;
  /** It is about to be closed: what it says now is not heard, and may be said again after it came back. */
  isLeaving = false;
  bucket: Bucket | undefined;
  /** From the first one on. */
  refusals: Refusals | undefined;
  /** What refusals of unknown events are said in. */
  lastSpoken: Dialect;
  hasSpoken = false;
  activeAt: TimeMs = 0;
  /** Its user counts as away, until something is heard of any of their connections. */
  countsAsAway = false;
  /** What it has joined, each with the position from which on it hears it. */
  readonly joined = new SlimMap<ConversationId, Position>();
  /** The conversation that its address names, where connecting is joining. */
  home: ConversationId | undefined;
  readonly baseUrl: string;

  /** Names it in the log of this node. */
  id = 0;
  readonly online: OnlineUser;
  readonly address: string;
  readonly namespace: string;
  /** Under which a client may come back and be caught up; undefined where it cannot. */
  readonly sessionId: Id | undefined;
  /** As of when its session will be remembered, should the client come back. */
  sessionSavedAt: TimeMs = 0;
  /** It is not through the entrance of its home yet, and must not be read. */
  isEntering = false;
  readonly issuedAtSeconds: number | undefined;
  /** When its token ends, leeway included; undefined for tokens that do not. */
  readonly expiresAtMs: TimeMs | undefined;
  /** The same as `joined` as its session will have it, once all rows that were handed over are written. */
  readonly remembered = new Remembered();
  /** While it is being caught up, or a join is under way: the place in the log up to which it surely has heard everything. */
  heardUpTo: Position = 0;
  /** Where a session that came back had been, and the conversations for which it has asked again since. */
  resumed:
    | {
        readonly from: Position;
        readonly joined: ReadonlySet<ConversationId>;
        readonly synced: Set<ConversationId>;
        /** How many entries it was told that it had missed. */
        replayed: number;
      }
    | undefined;
  heartbeatAt: TimeMs = 0;

  constructor(parts: {
    user: User;
    online: OnlineUser;
    link: Link;
    packaging: Packaging;
    baseUrl: string;
    address: string;
    namespace: string;
    sessionId: Id | undefined;
    issuedAtSeconds: number | undefined;
    expiresAtMs: TimeMs | undefined;
    voice: Voice;
    lastSpoken: Dialect;
  }) {
    this.user = parts.user;
    this.online = parts.online;
    this.link = parts.link;
    this.packaging = parts.packaging;
    this.baseUrl = parts.baseUrl;
    this.address = parts.address;
    this.namespace = parts.namespace;
    this.sessionId = parts.sessionId;
    this.issuedAtSeconds = parts.issuedAtSeconds;
    this.expiresAtMs = parts.expiresAtMs;
    this.voice = parts.voice;
    this.lastSpoken = parts.lastSpoken;
  }

  /** Mute connections are no presence: nobody listens there. */
  get isMute(): boolean {
    return this.voice === muteVoice;
  }

  /** From its first word on a connection hears the dialects that it has spoken, and no others. */
  speak(dialect: Dialect): void {
    this.lastSpoken = dialect;
    if (!this.hasSpoken) {
      this.hasSpoken = true;
      if (this.voice === silentVoice || this.voice === muteVoice) this.voice = 0;
    }
    this.voice |= voiceOf[dialect.name];
  }

  hears(name: DialectName): boolean {
    return (this.voice & voiceOf[name]) !== 0;
  }
}
