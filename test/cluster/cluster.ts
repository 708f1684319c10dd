import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DialectName } from '../../src/dialects/dialect.ts';
import { type ServerProcess, startProcess, tokenFor } from '../faults/process.ts';
import { type Client, dial } from '../harness/clients.ts';
import type { Settings } from '../harness/house.ts';
import { sharedPostgres } from '../harness/postgres.ts';
import { until } from '../harness/until.ts';
import { Listener } from '../resume/listener.ts';

/** Several nodes of one log, each a process of its own, as an operator runs them. */

const apiKey = 'the key of the host of this cluster';

type Answer = { readonly status: number; readonly json: { readonly id?: string } & Record<string, unknown> };

export class Cluster implements AsyncDisposable {
  readonly nodes: ServerProcess[] = [];
  readonly #settings: Settings;
  readonly #dataDir: string;
  readonly #clients: Client[] = [];

  private constructor(settings: Settings, dataDir: string) {
    this.#settings = settings;
    this.#dataDir = dataDir;
  }

  /** All start at once: one of them migrates. */
  static async open(count: number, settings: Settings = {}): Promise<Cluster> {
    const dataDir = await mkdtemp(join(tmpdir(), 'parlance-cluster-'));
    const databaseUrl = settings.DATABASE_URL ?? (await (await sharedPostgres()).createDatabase());
    const cluster = new Cluster({ API_KEY: apiKey, DRAIN_MS: '200', ...settings, DATABASE_URL: databaseUrl }, dataDir);
    cluster.nodes.push(...(await Promise.all(Array.from({ length: count }, () => cluster.#start()))));
    return cluster;
  }

  node(index: number): ServerProcess {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`There is no node ${index}.`);
    return node;
  }

  /** Starts a node anew in the place of one that has ended. */
  async replace(index: number): Promise<void> {
    this.nodes[index] = await this.#start();
  }

  /** As the host, or as the user of a token. */
  async call(index: number, method: string, path: string, body?: object, token?: string): Promise<Answer> {
    const response = await fetch(`${this.node(index).address}/api/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? { 'x-api-key': apiKey } : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: (text === '' ? {} : JSON.parse(text)) as Answer['json'] };
  }

  /** The id of the message that was said; rejects when it was not accepted. */
  async say(index: number, conversationId: string, senderId: string, text: string): Promise<string> {
    const { status, json } = await this.call(index, 'POST', `/conversations/${conversationId}/messages`, {
      senderId,
      text,
    });
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(json)}`);
    return String(json.id);
  }

  /** A group of these. */
  found(id: string, members: readonly string[]): Promise<Answer> {
    return this.call(0, 'POST', '/conversations', { id, kind: 'group', members });
  }

  /** A client of socket.io-client that comes back by itself. */
  listen(index: number, userId: string): Promise<Listener> {
    return new Listener(`${this.node(index).address}/`, tokenFor({ sub: userId })).connected();
  }

  /** A client of a dialect; it ends with the cluster at the latest. */
  async dial(index: number, dialect: DialectName, userId: string, room?: string): Promise<Client> {
    const token = tokenFor({ sub: userId, name: `user ${userId}`, role: userId === '9' ? 'ADMIN' : 'USER' });
    const where = room === undefined ? {} : { room };
    const client = dial(this.node(index).address, dialect, { token, ...where });
    this.#clients.push(client);
    await client.connected();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const node of this.nodes) node.signal('SIGKILL');
    await Promise.all(this.nodes.map(({ ended }) => ended));
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  #start(): Promise<ServerProcess> {
    return startProcess(this.#dataDir, this.#settings);
  }
}

/** What a client has heard under this name so far, as payloads. */
export function heard<T extends object = Record<string, unknown>>(client: Client, name: string): readonly T[] {
  return client.heard.filter((one) => one.name === name).map(({ payload }) => payload as T);
}

/** Resolves with the first frame of this name that fits. */
export function hears(
  client: Client,
  name: string,
  fits: (payload: Record<string, unknown>) => boolean = () => true,
): Promise<Record<string, unknown>> {
  return until(
    () => heard(client, name).find(fits),
    () => `no ${name} comes that fits, but ${JSON.stringify(client.heard)}`,
  );
}
