import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OwnPostgres, startPostgres } from '../harness/postgres.ts';
import { Disk } from './disk.ts';
import { Link } from './link.ts';
import type { Options } from './options.ts';
import { bugsOfTheServer } from './planted-bugs.ts';
import { freePort } from './ports.ts';
import { Redis } from './redis.ts';
import { ServerProcess } from './server-process.ts';

export type Node = {
  readonly port: number;
  readonly server: ServerProcess;
  /** Undefined where there is no such database. */
  readonly toPostgres: Link | undefined;
  readonly toRedis: Link | undefined;
};

/** The servers of a run, and what they stand on. */
export class Deployment implements AsyncDisposable {
  readonly nodes: readonly Node[];
  /** Of the embedded store only. */
  readonly disk: Disk | undefined;
  readonly postgres: OwnPostgres | undefined;
  readonly redis: Redis | undefined;
  /** Settings of whoever reads the log past everything that stands between a node and it. */
  readonly log: Readonly<Record<string, string>>;
  readonly #opened: AsyncDisposable;
  #next = 0;

  private constructor(
    parts: Pick<Deployment, 'nodes' | 'disk' | 'postgres' | 'redis' | 'log'>,
    opened: AsyncDisposable,
  ) {
    this.nodes = parts.nodes;
    this.disk = parts.disk;
    this.postgres = parts.postgres;
    this.redis = parts.redis;
    this.log = parts.log;
    this.#opened = opened;
  }

  /** Resolves when all nodes answer. They start at once, so one of them makes the tables. */
  static async open(options: Options, settings: Readonly<Record<string, string>>): Promise<Deployment> {
    await using opening = new AsyncDisposableStack();
    const isShared = options.store === 'postgres';
    const disk = isShared ? undefined : opening.use(await Disk.open());
    const postgres = isShared ? opening.use(await startPostgres({ isDurable: true })) : undefined;
    const redis = isShared && options.bus === 'redis' ? opening.use(await Redis.open()) : undefined;
    const databaseUrl = await postgres?.createDatabase();
    const nodes: Node[] = [];
    for (let index = 0; index < options.nodes; index++) {
      const toPostgres = databaseUrl && opening.use(await Link.open(Number(new URL(databaseUrl).port)));
      const toRedis = redis && opening.use(await Link.open(redis.port));
      const dataDir = disk?.path ?? (await mkdtemp(join(tmpdir(), 'parlance-torture-')));
      if (!disk) opening.defer(() => rm(dataDir, { recursive: true, force: true }));
      const port = await freePort();
      const server = new ServerProcess({
        name: options.nodes === 1 ? 'server' : `node ${index}`,
        port,
        dataDir,
        settings: {
          ...settings,
          ...(toPostgres && databaseUrl ? { DATABASE_URL: through(databaseUrl, toPostgres) } : {}),
          ...(toRedis ? { REDIS_URL: `redis://127.0.0.1:${toRedis.port}` } : {}),
        },
        bugs: options.bugs.filter((bug) => bugsOfTheServer.includes(bug)),
      });
      opening.defer(() => server.kill());
      nodes.push({ port, server, toPostgres: toPostgres || undefined, toRedis });
    }
    await Promise.all(nodes.map(({ server }) => server.start()));
    const log = { ...(databaseUrl && { DATABASE_URL: databaseUrl }), ...(disk && { DATA_DIR: disk.path }) };
    return new Deployment({ nodes, disk, postgres, redis, log }, opening.move());
  }

  get ports(): readonly number[] {
    return this.nodes.map(({ port }) => port);
  }

  /** Of the next node that serves, each in its turn, as a load balancer would choose. */
  nextPort(): number {
    for (const _ of this.nodes) {
      const node = this.nodes[this.#next++ % this.nodes.length];
      if (node?.server.isServing) return node.port;
    }
    return (this.nodes[0] as Node).port;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#opened[Symbol.asyncDispose]());
  }
}

function through(databaseUrl: string, { port }: Link): string {
  const url = new URL(databaseUrl);
  url.port = String(port);
  return url.href;
}
