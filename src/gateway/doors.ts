import type { Position } from '../core/model.ts';
import type { CloseReason, Dialect } from '../dialects/dialect.ts';
import { type Admissions, type Admitted, notMemberOf } from './admission.ts';
import { addressedAs, connectionOf, continueSession, muteSibling } from './arriving.ts';
import type { Connection } from './connection.ts';
import type { Entrances } from './entrances.ts';
import type { Flush } from './flush.ts';
import type { GatewayOptions, GatewayParts } from './gateway-parts.ts';
import type { Hub } from './hub.ts';
import type { InboundPackets } from './inbound.ts';
import type { Presence } from './presence.ts';
import type { PresentUsers } from './present-users.ts';
import type { Resume } from './resume.ts';
import type { Sessions } from './sessions.ts';
import type { Admission, Door, Handshake, Link } from './transport.ts';

/** What behind the doors is told of who comes, speaks and goes. */
type DoorHouse = {
  /** Those there are. */
  readonly connections: Set<Connection>;
  readonly admissions: Admissions;
  readonly entrances: Entrances;
  readonly inbound: InboundPackets;
  readonly hub: Hub;
  readonly flush: Flush;
  readonly presence: Presence;
  readonly presentUsers: PresentUsers;
  readonly sessions: Sessions;
  readonly resume: Resume;
};

/** How connections come in and go: the doors that the transports are given, one for each mount. */
export class Doors {
  readonly #parts: GatewayParts;
  readonly #options: GatewayOptions;
  readonly #house: DoorHouse;
  /** Connections that were let in, and those that were not, by reason. */
  opened = 0;
  readonly turnedAway: { [R in CloseReason]?: number } = {};

  constructor(parts: GatewayParts, options: GatewayOptions, house: DoorHouse) {
    this.#parts = parts;
    this.#options = options;
    this.#house = house;
  }

  /** The door of a mount; on a shared one a connection speaks whichever of its dialects it speaks. */
  door(mount: Dialect['mount']): Door<Admitted, Connection> {
    const spoken = this.#parts.dialects.filter((dialect) => dialect.mount === mount);
    return {
      admit: (handshake) => this.#admit(mount, handshake),
      open: (admitted, link) => {
        try {
          return this.#open(mount, spoken, admitted, link);
        } catch (error) {
          this.#house.admissions.forsake(admitted);
          throw error;
        }
      },
      forsake: (admitted) => this.#house.admissions.forsake(admitted),
      listener: {
        onPacket: (connection, event, payload, ack) => {
          if (connection.isClosed || connection.isLeaving) return;
          this.#house.inbound.receive(connection, event, payload, ack);
        },
        onMalformed: (connection) => this.#house.inbound.malformed(connection),
        onClose: (connection) => this.#onClose(connection),
      },
      packaging: this.#parts.packagings[mount],
    };
  }

  async #admit(mount: Dialect['mount'], handshake: Handshake): Promise<Admission<Admitted>> {
    const admission = await this.#house.admissions.admit(mount, handshake);
    if (!admission.ok) this.turnedAway[admission.reason] = (this.turnedAway[admission.reason] ?? 0) + 1;
    return admission;
  }

  #open(mount: Dialect['mount'], spoken: readonly Dialect[], admitted: Admitted, link: Link): Connection {
    const { connections, admissions, entrances, hub, flush, presence, sessions } = this.#house;
    const { online, handshake, session, authenticated } = admitted;
    const entered = {
      mount,
      spoken,
      packaging: this.#parts.packagings[mount],
      baseUrl: this.#options.publicUrl ?? addressedAs(handshake),
      tokenLeewayMs: this.#options.tokenLeewayMs,
    };
    const { connection, first } = connectionOf(entered, admitted, link);
    if (session?.from !== undefined) {
      continueSession(connection, spoken, session.from, session);
      sessions.continued(connection, session.row);
      sessions.endJoins(connection, notMemberOf(online, session));
    }
    const muted = muteSibling(connection);
    if (muted) {
      presence.disconnected(muted);
      hub.listenersChanged();
    }
    connections.add(connection);
    connection.id = ++this.opened;
    this.#parts.onConnection?.('opened', connection);
    hub.users.add(online, connection);
    admissions.opened(admitted);
    if (hub.hearsAsMember(connection)) hub.listenersChanged();
    if (!connection.isMute) presence.connected(connection);
    if (this.#parts.authentication.isRevoked(connection.user.id, authenticated.issuedAtSeconds)) link.close('revoked');
    else if (first.entrance) entrances.enter(connection, first, handshake);
    else if (session?.from !== undefined) this.#catchUp(connection, session.from);
    else if (link.canResume) flush.position(connection);
    return connection;
  }

  #catchUp(connection: Connection, from: Position): void {
    this.#house.resume.catchUp(connection, from).catch((error: unknown) => {
      this.#parts.onError(error, 'catching up a session', { connectionId: connection.id });
      connection.link.close('broken');
    });
  }

  #onClose(connection: Connection): void {
    if (connection.isClosed) return;
    const { connections, admissions, hub, presence, presentUsers, sessions } = this.#house;
    connection.isClosed = true;
    sessions.ended(connection);
    this.#parts.onConnection?.('closed', connection);
    connections.delete(connection);
    admissions.closed(connection.address);
    if (connection.isLive) {
      for (const conversationId of connection.joined.keys()) {
        presentUsers.lost(conversationId, connection.user.id);
      }
    }
    hub.remove(connection);
    presence.disconnected(connection);
  }
}
