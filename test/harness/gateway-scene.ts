import { Authentication } from '../../src/app/authenticate.ts';
import { messageExecutor } from '../../src/app/execute.ts';
import type { Store } from '../../src/app/ports.ts';
import { claim, dialects } from '../../src/dialects/index.ts';
import type { Connection } from '../../src/gateway/connection.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import type { GatewayOptions } from '../../src/gateway/gateway-parts.ts';
import type { Handshake } from '../../src/gateway/transport.ts';
import { person } from './cast.ts';
import { FakeLink, plainPackaging } from './links.ts';
import { until } from './until.ts';
import { type UseCases, wireUseCases } from './use-cases.ts';

/** One node behind its doors, over a real store, with links that can be read. A token is the id of its user. */

export type Client = {
  readonly link: FakeLink;
  readonly connection: Connection;
  /** Names the session that it may come back to. */
  readonly pid: string | undefined;
  /** Emits an event; with `ack`, asks for an acknowledgement. */
  emit(event: string, payload: unknown, ack?: number): void;
  /** The link is lost. */
  drop(): void;
};

export type Node = Disposable & {
  readonly gateway: Gateway;
  readonly useCases: UseCases;
  readonly errors: unknown[];
  /** Comes in at a door; rejects with the reason where that is refused. */
  connect(userId: string, mount: '/' | '/chat' | '/ws/chat', handshake?: Partial<Handshake>): Promise<Client>;
};

/** The handshake of someone with a good token. */
export const handshakeOf = (userId: string, more: Partial<Handshake> = {}): Handshake => ({
  credentials: { auth: userId, authorization: undefined, query: undefined, cookie: undefined },
  origin: undefined,
  secFetchSite: undefined,
  host: 'example.org',
  isSecure: true,
  address: '127.0.0.1',
  dialect: undefined,
  resume: undefined,
  room: '',
  query: new URLSearchParams(),
  ...more,
});

export async function openNode(store: Store, more: Partial<GatewayOptions> = {}): Promise<Node> {
  const useCases = wireUseCases(store);
  const { house, execute, bus, clock } = useCases;
  const named = { email: true, role: true, name: true };
  const tokens = {
    verify: async (token: string) =>
      token === 'nonsense' ? undefined : { user: person(token), named, issuedAtSeconds: 1 },
  };
  const errors: unknown[] = [];
  const authentication = new Authentication({ tokens, store, commit: house.commit, clock }, new Map());
  const plenty = { perSecond: 1_000_000, burst: 1_000_000 };
  const head = await store.head();
  const gateway = new Gateway(
    {
      store,
      bus,
      clock,
      tokenClock: clock,
      lanes: house.lanes,
      commit: house.commit,
      execute,
      handMessage: messageExecutor(house),
      authentication,
      dialects,
      claim,
      packagings: { '/': plainPackaging, '/chat': plainPackaging, '/ws/chat': plainPackaging },
      head,
      recent: { after: head.position, entries: [] },
      onError: (error) => errors.push(error),
    },
    {
      publicUrl: 'https://example.org',
      allowedOrigins: new Set(),
      events: plenty,
      payloadLimitBytes: 65_536,
      softLimitBytes: 1_000_000,
      hardLimitBytes: 4_000_000,
      connectionsPerUser: 100,
      connectionsPerAddress: 100,
      typingExpiresMs: 6000,
      presenceGraceMs: 50,
      heartbeatAwayMs: 60_000,
      ringEntries: 1000,
      tokenLeewayMs: 30_000,
      sessionRetentionMs: 90 * 24 * 3600 * 1000,
      ...more,
    },
  );
  return {
    gateway,
    useCases,
    errors,
    async connect(userId, mount, handshake = {}) {
      const door = gateway.door(mount);
      const admission = await door.admit(handshakeOf(userId, handshake));
      if (!admission.ok) throw new Error(admission.reason);
      const link = new FakeLink();
      const connection = door.open(admission.admitted, link);
      return {
        link,
        connection,
        pid: admission.pid,
        emit: (event, payload, ack) => door.listener.onPacket(connection, event, payload, ack),
        drop: () => door.listener.onClose(connection),
      };
    },
    [Symbol.dispose]: () => gateway.dispose(),
  };
}

/** Waits until a client has heard so many frames of a name. */
export const heard = (client: Client, name: string, count = 1) =>
  until(
    () => client.link.names.filter((one) => one === name).length >= count,
    () => `has not heard ${count} of ${name}, but: ${client.link.packets.join('\n')}`,
  );

/** Lets nobody read the messages of a conversation until the function that it answers is called. */
export function holdHistory({ gateway: { history } }: Node): () => void {
  const { newest, after } = history;
  const held = Promise.withResolvers<void>();
  history.newest = async (...asked) => {
    await held.promise;
    return newest.apply(history, asked);
  };
  history.after = async (...asked) => {
    await held.promise;
    return after.apply(history, asked);
  };
  return held.resolve;
}
