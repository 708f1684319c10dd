import type { Contender } from './contenders.ts';
import { type Database, openPostgres, openRedis } from './databases.ts';
import { Crowd, type CrowdShape, type Faults, type Measured } from './load/crowd.ts';
import type { Figures } from './scenario.ts';
import { type Served, Server } from './servers.ts';

/** Several servers that tell each other by way of databases, all on the core of the servers. */

export type ClusterContender = Contender & {
  readonly nodes: number;
  readonly keepsIn: 'PostgreSQL' | 'nothing';
  /** What carries word from node to node. */
  readonly carrier: 'PostgreSQL' | 'Redis';
};

export class Cluster implements Served {
  readonly #nodes: readonly Server[];
  readonly #databases: readonly Database[];
  /** Clients of which index connect to which node. */
  readonly #nodeOf: (index: number) => number;

  private constructor(nodes: readonly Server[], databases: readonly Database[], nodeOf: (index: number) => number) {
    this.#nodes = nodes;
    this.#databases = databases;
    this.#nodeOf = nodeOf;
  }

  static async start(
    { recipe, nodes: count, keepsIn, carrier }: ClusterContender,
    nodeOf = (index: number) => index % count,
  ): Promise<Cluster> {
    const postgres = keepsIn === 'PostgreSQL' ? await openPostgres() : undefined;
    const redis = carrier === 'Redis' ? await openRedis() : undefined;
    const env = {
      ...(postgres ? { DATABASE_URL: postgres.url } : {}),
      ...(redis ? { REDIS_URL: redis.url } : {}),
    };
    const nodes: Server[] = [];
    for (let at = 0; at < count; at++) nodes.push(await Server.start(recipe, { env }));
    return new Cluster(
      nodes,
      [postgres, redis].filter((one) => one !== undefined),
      nodeOf,
    );
  }

  portOf(index: number): number {
    return this.#nodes[this.#nodeOf(index)]?.port ?? 0;
  }

  /** Of the nodes, without databases. */
  get cpuSeconds(): number {
    return this.#nodes.reduce((sum, node) => sum + node.cpuSeconds, 0);
  }

  cpuSecondsOfNode(at: number): number {
    return this.#nodes[at]?.cpuSeconds ?? Number.NaN;
  }

  get databaseCpuSeconds(): number {
    return this.#databases.reduce((sum, database) => sum + database.cpuSeconds, 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop()));
    await Promise.all(this.#databases.map((database) => database.stop()));
  }
}

export type ClusterMeasured = { readonly measured: Measured; readonly faults: Faults; readonly databaseCpu: number };

/** Gathers a crowd over the nodes of a fresh cluster, and lets `work` measure it. `databaseCpu`: seconds of it a second. */
export async function withCluster(
  contender: ClusterContender,
  shape: CrowdShape,
  work: (crowd: Crowd) => Promise<Measured>,
): Promise<ClusterMeasured> {
  const cluster = await Cluster.start(contender);
  try {
    const crowd = await Crowd.gather(cluster, contender.protocol, shape);
    const before = { cpu: cluster.databaseCpuSeconds, atMs: performance.now() };
    const measured = await work(crowd);
    const databaseCpu = (cluster.databaseCpuSeconds - before.cpu) / ((performance.now() - before.atMs) / 1_000);
    crowd.disperse();
    return { measured, faults: crowd.faults, databaseCpu };
  } finally {
    await cluster.stop();
  }
}

/** Per second of CPU of nodes and databases together, since they share a core here. */
export function clusterThroughput({ measured, faults, databaseCpu }: ClusterMeasured): Figures {
  const { deliveries, sends, serverCpuSeconds, seconds, generatorShare } = measured;
  const nodeCpu = serverCpuSeconds / seconds;
  return {
    'sends per second': sends / seconds,
    'deliveries per second': deliveries / seconds,
    'sends per CPU second': sends / seconds / (nodeCpu + databaseCpu),
    'deliveries per CPU second': deliveries / seconds / (nodeCpu + databaseCpu),
    'node CPU': nodeCpu,
    'database CPU': databaseCpu,
    'generator CPU': generatorShare,
    ...faults,
  };
}
