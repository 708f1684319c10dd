import type { EphemeralEvent } from '../core/events.ts';
import type { TimeMs } from '../core/model.ts';
import type { CloseReason, Dialect, DialectName } from '../dialects/dialect.ts';
import { type AdmissionParts, Admissions, type Admitted } from './admission.ts';
import { Reply } from './answers.ts';
import { Backpressure } from './backpressure.ts';
import type { Connection } from './connection.ts';
import { Doors } from './doors.ts';
import { closeInWaves } from './drain.ts';
import { Entrances } from './entrances.ts';
import { Flush } from './flush.ts';
import type { GatewayOptions, GatewayParts } from './gateway-parts.ts';
import { hearEntry } from './hear-entry.ts';
import { History } from './history.ts';
import { Hub } from './hub.ts';
import { InboundPackets } from './inbound.ts';
import { Nodes, type ShareTelling } from './nodes.ts';
import { Pids } from './pids.ts';
import { Presence } from './presence.ts';
import { PresentUsers } from './present-users.ts';
import type { RequestParts } from './request-parts.ts';
import { Resume } from './resume.ts';
import { Sequencer } from './sequencer.ts';
import { Sessions } from './sessions.ts';
import { muteVoice, Speech, type Voice } from './speech.ts';
import { Strays } from './strays.ts';
import type { Door, Link } from './transport.ts';
import { Typing } from './typing.ts';

const sweepMs = 500;

/** The pipeline between sockets and use cases: doors for the transports, one sequencer, one hub. */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #connections = new Set<Connection>();
  readonly #sweep: NodeJS.Timeout;
  readonly #backpressure: Backpressure;
  readonly #requests: RequestParts;
  readonly #reply: Reply;
  readonly inbound: InboundPackets;
  readonly sequencer: Sequencer;
  readonly hub: Hub;
  readonly flush: Flush;
  readonly presence: Presence;
  readonly presentUsers: PresentUsers;
  readonly history: History;
  readonly resume: Resume;
  readonly #nodes: Nodes;
  readonly #typing: Typing;
  readonly #sessions: Sessions;
  readonly #doors: Doors;

  constructor(parts: GatewayParts, options: GatewayOptions) {
    this.#parts = parts;
    const { store, bus, clock, head, dialects, packagings, authentication, lanes } = parts;
    const { softLimitBytes } = options;
    const pids = new Pids(head.secret, head.epoch);
    const strays = new Strays((telling) => bus.tell(telling));
    this.sequencer = openSequencer(parts, options);
    this.flush = openFlush(parts, options, { sequencer: this.sequencer, pids, strays });
    const speech = new Speech(dialects.map((dialect) => ({ dialect, packaging: packagings[dialect.mount] })));
    this.hub = new Hub({ store, speech, flush: this.flush });
    this.history = new History(store, this.sequencer);
    const shared = openShared(parts, options, this.hub, strays);
    this.presence = shared.presence;
    this.presentUsers = shared.presentUsers;
    this.#typing = shared.typing;
    this.#nodes = shared.nodes;
    this.#sessions = new Sessions({
      clock,
      commit: parts.commit,
      retentionMs: options.sessionRetentionMs,
      onError: (error) => parts.onError(error, 'saving a session'),
    });
    const told = {
      sequencer: this.sequencer,
      hub: this.hub,
      presentUsers: this.presentUsers,
      sessions: this.#sessions,
    };
    this.resume = new Resume({ ...told, store, pids, softLimitBytes, onResumed: parts.onResumed });
    this.#reply = new Reply(this.flush);
    this.#backpressure = new Backpressure(this.#connections);
    parts.commit.pressure = this.#backpressure;
    this.#requests = {
      ...told,
      execute: parts.execute,
      handMessage: parts.handMessage,
      lanes,
      history: this.history,
      presence: this.presence,
      typing: this.#typing,
      softLimitBytes,
    };
    this.inbound = new InboundPackets(this.#requests, this.#reply, dialects, parts.claim, {
      clock,
      allowance: options.events,
      payloadLimitBytes: options.payloadLimitBytes,
      onSpoke: (connection, before) => this.#spoke(connection, before),
      onError: (error, { id, user }) =>
        parts.onError(error, 'answering a request', { connectionId: id, userId: user.id }),
    });
    this.#doors = new Doors(parts, options, {
      ...told,
      connections: this.#connections,
      admissions: openAdmissions(parts, options, { ...told, presence: this.presence, pids, strays }),
      entrances: new Entrances({
        requests: this.#requests,
        reply: this.#reply,
        clock,
        onError: (error) => parts.onError(error, 'entering'),
      }),
      inbound: this.inbound,
      flush: this.flush,
      presence: this.presence,
      resume: this.resume,
    });
    const hearing = { ...told, authentication, lanes };
    this.sequencer.subscribe((entry) => hearEntry(hearing, entry));
    bus.subscribe({
      entries: (entries) => this.sequencer.push(entries),
      head: (position) => this.sequencer.head(position),
      told: (telling, node) => this.#nodes.hear(telling, node),
    });
    this.#nodes.start();
    this.#sweep = setInterval(() => {
      this.#endExpired();
      this.#sessions.renew(this.#connections);
      this.#sessions.tidy();
    }, sweepMs);
    this.#sweep.unref();
  }

  /** The door of a mount; on a shared one a connection speaks whichever of its dialects it speaks. */
  door(mount: Dialect['mount']): Door<Admitted, Connection> {
    return this.#doors.door(mount);
  }

  /** Connections that were let in. */
  get opened(): number {
    return this.#doors.opened;
  }

  /** Those that were not, by reason. */
  get turnedAway(): Doors['turnedAway'] {
    return this.#doors.turnedAway;
  }

  /** How often each code was refused with. */
  get refusals(): Reply['refusals'] {
    return this.#reply.refusals;
  }

  /** The connections there are, each with what it speaks: `none` until it has spoken. For whoever counts now and then. */
  *census(): Iterable<{ readonly dialect: DialectName | 'none'; readonly transport: Link['transportName'] }> {
    for (const { hasSpoken, lastSpoken, link } of this.#connections)
      yield { dialect: hasSpoken ? lastSpoken.name : 'none', transport: link.transportName };
  }

  /** The other nodes that are alive, with how long each has been silent. */
  get otherNodes(): ReturnType<Nodes['known']> {
    return this.#nodes.known();
  }

  /** Ends every connection, in waves, after it was answered. */
  closeAll(reason: CloseReason, withinMs: number): Promise<void> {
    return closeInWaves([...this.#connections], reason, { withinMs, flush: () => this.flush.now() });
  }

  dispose(): void {
    clearInterval(this.#sweep);
    this.#backpressure[Symbol.dispose]();
    this.sequencer.dispose();
    this.#nodes.dispose();
    this.presence.dispose();
    this.presentUsers.dispose();
    this.#typing.dispose();
  }

  #spoke(connection: Connection, before: Voice): void {
    if (before === muteVoice) this.presence.connected(connection);
    this.hub.listenersChanged();
    this.#sessions.save(connection);
  }

  #endExpired(): void {
    const now: TimeMs = this.#parts.tokenClock.nowMs();
    for (const connection of this.#connections) {
      if (connection.expiresAtMs !== undefined && connection.expiresAtMs <= now) connection.link.close('tokenExpired');
    }
  }
}

function openSequencer(
  { store, commit, recent, head, onError }: GatewayParts,
  { ringEntries }: GatewayOptions,
): Sequencer {
  const sequencer = new Sequencer({
    store,
    position: recent.after,
    ringEntries,
    announced: () => commit.drained(),
    onError: (error) => onError(error, 'reading what the bus did not bring'),
  });
  sequencer.startWith(recent.entries, head.position);
  return sequencer;
}

function openFlush(
  { onError }: GatewayParts,
  { softLimitBytes, hardLimitBytes }: GatewayOptions,
  { sequencer, pids, strays }: { readonly sequencer: Sequencer; readonly pids: Pids; readonly strays: Strays },
): Flush {
  return new Flush({
    strays,
    head: () => sequencer.place,
    offset: (place) => pids.offset(place),
    softLimitBytes,
    hardLimitBytes,
    onError: (error) => onError(error, 'writing frames'),
  });
}

/** What each node tells the others of its own connections, and adds up with what they tell. */
type SharedParts = {
  readonly presence: Presence;
  readonly presentUsers: PresentUsers;
  readonly typing: Typing;
  readonly nodes: Nodes;
};

function openShared(
  { bus, clock, onEphemeral }: GatewayParts,
  { presenceGraceMs: graceMs, heartbeatAwayMs, typingExpiresMs }: GatewayOptions,
  hub: Hub,
  strays: Strays,
): SharedParts {
  const publish = (event: EphemeralEvent, isTold = false) => {
    if (!isTold) onEphemeral?.(event);
    hub.publishEphemeral(event, clock.nowMs());
  };
  const tell = (telling: ShareTelling) => nodes.tell(telling);
  const presence = new Presence({ publish, tell, clock, graceMs, awayAfterMs: heartbeatAwayMs });
  const presentUsers = new PresentUsers({ publish, tell, graceMs });
  const typing = new Typing({ publish, tell: (telling) => bus.tell(telling), clock, expiresMs: typingExpiresMs });
  const nodes = new Nodes(bus, [presence, presentUsers, typing, strays]);
  return { presence, presentUsers, typing, nodes };
}

function openAdmissions(
  { store, clock, authentication, onError }: GatewayParts,
  options: GatewayOptions,
  {
    hub,
    presence,
    ...parts
  }: Pick<AdmissionParts, 'sequencer' | 'sessions' | 'pids' | 'strays'> & {
    readonly hub: Hub;
    readonly presence: Presence;
  },
): Admissions {
  return new Admissions(
    {
      store,
      clock,
      authentication,
      users: hub.users,
      sequencer: parts.sequencer,
      pids: parts.pids,
      strays: parts.strays,
      sessions: parts.sessions,
      connectionsElsewhere: (userId) => presence.connectionsElsewhere(userId),
      onError: (error) => onError(error, 'admitting a connection'),
    },
    options,
  );
}
