import type { EphemeralEvent } from '../core/events.ts';
import type { Position, TimeMs } from '../core/model.ts';
import type { CloseReason, Dialect, DialectName } from '../dialects/dialect.ts';
import { Admissions, type Admitted } from './admission.ts';
import { Reply } from './answers.ts';
import { addressedAs, connectionOf, continueSession, muteSibling } from './arriving.ts';
import { Brake } from './brake.ts';
import type { Connection } from './connection.ts';
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
import type { Admission, Door, Knock, Link } from './transport.ts';
import { Typing } from './typing.ts';

const sweepMs = 500;

/** The pipeline between sockets and use cases: doors for the transports, one sequencer, one hub. */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #options: GatewayOptions;
  readonly #connections = new Set<Connection>();
  readonly #sweep: NodeJS.Timeout;
  readonly #brake: Brake;
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
  readonly #pids: Pids;
  readonly #admissions: Admissions;
  readonly #entrances: Entrances;
  /** Connections that were let in, and those that were not, by reason. */
  opened = 0;
  readonly turnedAway: { [R in CloseReason]?: number } = {};

  constructor(parts: GatewayParts, options: GatewayOptions) {
    this.#parts = parts;
    this.#options = options;
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
    this.#pids = new Pids(head.secret, head.epoch);
    const strays = new Strays((telling) => bus.tell(telling));
    this.flush = new Flush({
      strays,
      head: () => this.sequencer.place,
      offset: (place) => this.#pids.offset(place),
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
      pids: this.#pids,
      sessions: this.#sessions,
      softLimitBytes,
      onResumed: parts.onResumed,
    });
    this.#reply = new Reply(this.flush);
    this.#brake = new Brake(this.#connections);
    parts.commit.pressure = this.#brake;
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
    this.#admissions = new Admissions(
      {
        store,
        clock,
        authentication: parts.authentication,
        users: this.hub.users,
        sequencer: this.sequencer,
        pids: this.#pids,
        strays,
        connectionsElsewhere: (userId) => this.presence.connectionsElsewhere(userId),
        onError: (error) => parts.onError(error, 'admitting a connection'),
      },
      options,
    );
    this.#entrances = new Entrances({
      requests: this.#requests,
      reply: this.#reply,
      clock,
      onError: (error) => parts.onError(error, 'entering'),
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
    }, sweepMs);
    this.#sweep.unref();
  }

  /** The door of a mount; on a shared one a connection speaks whichever of its dialects it speaks. */
  door(mount: Dialect['mount']): Door<Admitted, Connection> {
    const spoken = this.#parts.dialects.filter((dialect) => dialect.mount === mount);
    return {
      admit: (knock) => this.#admit(mount, knock),
      open: (admitted, link) => {
        try {
          return this.#open(mount, spoken, admitted, link);
        } catch (error) {
          this.#admissions.forsake(admitted);
          throw error;
        }
      },
      forsake: (admitted) => this.#admissions.forsake(admitted),
      listener: {
        onPacket: (connection, event, payload, ack) => {
          if (connection.isClosed || connection.isLeaving) return;
          this.inbound.receive(connection, event, payload, ack);
        },
        onMalformed: (connection) => this.inbound.malformed(connection),
        onClose: (connection) => this.#onClose(connection),
      },
      packaging: this.#parts.packagings[mount],
    };
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
    this.#brake[Symbol.dispose]();
    this.sequencer.dispose();
    this.#nodes.dispose();
    this.presence.dispose();
    this.presentUsers.dispose();
    this.#typing.dispose();
  }

  async #admit(mount: Dialect['mount'], knock: Knock): Promise<Admission<Admitted>> {
    const admission = await this.#admissions.admit(mount, knock);
    if (!admission.ok) this.turnedAway[admission.reason] = (this.turnedAway[admission.reason] ?? 0) + 1;
    return admission;
  }

  #open(mount: Dialect['mount'], spoken: readonly Dialect[], admitted: Admitted, link: Link): Connection {
    const { online, knock, session, authenticated } = admitted;
    const entered = {
      mount,
      spoken,
      packaging: this.#parts.packagings[mount],
      baseUrl: this.#options.publicUrl ?? addressedAs(knock),
      tokenLeewayMs: this.#options.tokenLeewayMs,
    };
    const { connection, first } = connectionOf(entered, admitted, link);
    if (session?.from !== undefined) {
      continueSession(connection, spoken, session.from, session);
      this.#sessions.continued(connection, session.row);
    }
    const muted = muteSibling(connection);
    if (muted) {
      this.presence.disconnected(muted);
      this.hub.listenersChanged();
    }
    this.#connections.add(connection);
    connection.id = ++this.opened;
    this.#parts.onConnection?.('opened', connection);
    this.hub.users.add(online, connection);
    this.#admissions.opened(admitted);
    if (this.hub.hearsAsMember(connection)) this.hub.listenersChanged();
    if (!connection.isMute) this.presence.connected(connection);
    if (this.#parts.authentication.isRevoked(connection.user.id, authenticated.issuedAtSeconds)) link.close('revoked');
    else if (first.entrance) this.#entrances.enter(connection, first, knock);
    else if (session?.from !== undefined) this.#catchUp(connection, session.from);
    else if (link.canResume) this.flush.position(connection);
    return connection;
  }

  #catchUp(connection: Connection, from: Position): void {
    this.resume.catchUp(connection, from).catch((error: unknown) => {
      this.#parts.onError(error, 'catching up a session', { connectionId: connection.id });
      connection.link.close('broken');
    });
  }

  #onClose(connection: Connection): void {
    if (connection.isClosed) return;
    connection.isClosed = true;
    this.#parts.onConnection?.('closed', connection);
    this.#connections.delete(connection);
    this.#admissions.closed(connection.address);
    if (connection.isLive) {
      for (const conversationId of connection.joined.keys()) {
        this.presentUsers.left(conversationId, connection.user.id, false);
      }
    }
    this.hub.remove(connection);
    this.presence.disconnected(connection);
  }

  #spoke(connection: Connection, before: Voice): void {
    if (before === muteVoice) this.presence.connected(connection);
    this.hub.listenersChanged();
    this.#sessions.save(connection);
  }

  #endExpired(): void {
    const now: TimeMs = this.#parts.clock.nowMs();
    for (const connection of this.#connections) {
      if (connection.expiresAtMs !== undefined && connection.expiresAtMs <= now) connection.link.close('tokenExpired');
    }
  }
}
