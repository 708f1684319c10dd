import type { EphemeralEvent } from '../../src/core/events.ts';
import type { PresenceStatus } from '../../src/core/model.ts';
import type { Connection } from '../../src/gateway/connection.ts';
import { Nodes, type ShareTelling } from '../../src/gateway/nodes.ts';
import { Presence } from '../../src/gateway/presence.ts';
import { PresentUsers } from '../../src/gateway/present-users.ts';
import { Typing } from '../../src/gateway/typing.ts';
import type { BusNetwork, NetworkBus } from './bus-network.ts';
import { connect } from './links.ts';

export const room = 'room';
export const graceMs = 1_000;

/** What a node has of its connections, as the gateway wires it. */
export class TestNode {
  readonly bus: NetworkBus;
  readonly presence: Presence;
  readonly present: PresentUsers;
  readonly typing: Typing;
  readonly nodes: Nodes;
  /** What this node has to look after. */
  readonly untold: string[] = [];
  readonly #said: string[] = [];
  readonly #connections = new Map<string, Connection[]>();

  constructor(network: BusNetwork, name: string) {
    this.bus = network.open(name);
    const clock = { nowMs: () => Date.now() };
    const publish = (event: EphemeralEvent, isTold = false) => {
      this.#said.push(wordsOf(event));
      if (!isTold && event.type === 'PresenceChanged') this.untold.push(wordsOf(event));
    };
    const tell = (telling: ShareTelling) => this.nodes.tell(telling);
    this.presence = new Presence({ publish, tell, clock, graceMs, awayAfterMs: 60_000 });
    this.present = new PresentUsers({ publish, tell, graceMs });
    this.typing = new Typing({ publish, tell: (telling) => this.bus.tell(telling), clock, expiresMs: 6_000 });
    this.nodes = new Nodes(this.bus, [this.presence, this.present, this.typing]);
    this.bus.subscribe({ told: (telling, from) => this.nodes.hear(telling, from) });
    this.nodes.start();
  }

  arrive(userId: string): Connection {
    const { connection } = connect(userId, 'messaging');
    this.presence.connected(connection);
    this.present.joined(room, connection.user);
    this.#connections.set(userId, [...(this.#connections.get(userId) ?? []), connection]);
    return connection;
  }

  /** One of the user's connections is lost. */
  lose(userId: string): void {
    const connection = this.#connections.get(userId)?.pop();
    if (!connection) return;
    this.present.lost(room, userId);
    this.presence.disconnected(connection);
  }

  set(userId: string, status: PresenceStatus): void {
    const [connection] = this.#connections.get(userId) ?? [];
    if (connection) this.presence.set(connection, status);
  }

  /** Stands still, says nothing and hears nothing; its timers do not run. */
  freeze(): void {
    this.bus.isCut = true;
    this.nodes.dispose();
  }

  /** What its own connections heard since this was asked last. */
  news(): string[] {
    return this.#said.splice(0);
  }

  get here(): string[] {
    return this.present.list(room).map(({ id }) => id);
  }

  dispose(): void {
    this.nodes.dispose();
    this.presence.dispose();
    this.present.dispose();
    this.typing.dispose();
  }
}

function wordsOf(event: EphemeralEvent): string {
  if (event.type === 'PresenceChanged') return `${event.userId} ${event.status}`;
  if (event.type === 'PresentUsersChanged') return `${event.user.id} ${event.isPresent ? 'came' : 'went'}`;
  return `${event.user.id} ${event.isTyping ? 'types' : 'stops'}`;
}
