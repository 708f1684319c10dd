import type { EphemeralEvent } from '../core/events.ts';
import type { TimeMs } from '../core/model.ts';
import type { CloseReason, Dialect, DialectName } from '../dialects/dialect.ts';
import { Admissions, type Admitted } from './admission.ts';
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
    const { store, bus, clock, head, dialects, packagings } = parts;
    this.sequencer = new Sequencer({
      store,
      position: parts.recent.after,
      ringEntries: options.ringEntries,
      announced: () => parts.commit.drained(),
      onError: (error) => parts.onError(error, 'reading what the bus did not bring'),
    });
    this.sequencer.startWith(parts.recent.entries, head.position);
    const { softLimitBytes, hardLimitBytes } = options;
    const pids = new Pids(head.secret, head.epoch);
    const strays = new Strays((telling) => bus.tell(telling));
    this.flush = new Flush({
      strays,
      head: () => this.sequencer.place,
      offset: (place) => pids.offset(place),
      softLimitBytes,
      hardLimitBytes,
      onError: (error) => parts.onError(error, 'writing frames'),
    });
    const speech = new Speech(dialects.map((dialect) => ({ dialect, packaging: packagings[dialect.mount] })));
    this.hub = new Hub({ store, speech, flush: this.flush });
    this.history = new History(store, this.sequencer);
    const graceMs = options.presenceGraceMs;
    const publish = (event: EphemeralEvent, isTold = false) => {
      if (!isTold) parts.onEphemeral?.(event);
      this.hub.publishEphemeral(event, clock.nowMs());
    };
    const tell = (telling: ShareTelling) => this.#nodes.tell(telling);
    this.presence = new Presence({ publish, tell, clock, graceMs, awayAfterMs: options.heartbeatAwayMs });
    this.presentUsers = new PresentUsers({ publish, tell, graceMs });
    this.#typing = new Typing({
      publish,
      tell: (telling) => bus.tell(telling),
      clock,
      expiresMs: options.typingExpiresMs,
    });
    this.#nodes = new Nodes(bus, [this.presence, this.presentUsers, this.#typing, strays]);
    this.#sessions = new Sessions({
      clock,
      commit: parts.commit,
      retentionMs: options.sessionRetentionMs,
      onError: (error) => parts.onError(error, 'saving a session'),
    });
    this.resume = new Resume({
      store,
      sequencer: this.sequencer,
      hub: this.hub,
      presentUsers: this.presentUsers,
      pids,
      sessions: this.#sessions,
      softLimitBytes,
      onResumed: parts.onResumed,
    });
    this.#reply = new Reply(this.flush);
    this.#backpressure = new Backpressure(this.#connections);
    parts.commit.pressure = this.#backpressure;
    this.#requests = {
      execute: parts.execute,
      handMessage: parts.handMessage,
      lanes: parts.lanes,
      hub: this.hub,
      sequencer: this.sequencer,
      history: this.history,
      presentUsers: this.presentUsers,
      presence: this.presence,
      typing: this.#typing,
      sessions: this.#sessions,
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
    const admissions = new Admissions(
      {
        store,
        clock,
        authentication: parts.authentication,
        users: this.hub.users,
        sequencer: this.sequencer,
        pids,
        strays,
        sessions: this.#sessions,
        connectionsElsewhere: (userId) => this.presence.connectionsElsewhere(userId),
        onError: (error) => parts.onError(error, 'admitting a connection'),
      },
      options,
    );
    const entrances = new Entrances({
      requests: this.#requests,
      reply: this.#reply,
      clock,
      onError: (error) => parts.onError(error, 'entering'),
    });
    this.#doors = new Doors(parts, options, {
      connections: this.#connections,
      admissions,
      entrances,
      inbound: this.inbound,
      hub: this.hub,
      flush: this.flush,
      presence: this.presence,
      presentUsers: this.presentUsers,
      sessions: this.#sessions,
      resume: this.resume,
    });
    const { authentication, lanes } = parts;
    const hearing = { authentication, lanes, hub: this.hub, presentUsers: this.presentUsers, sessions: this.#sessions };
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
