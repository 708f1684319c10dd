import type { ClusterContender } from './cluster.ts';
import { protocols } from './load/protocols.ts';

const counted = (nodes: number): string => (nodes === 1 ? '1 node' : `${nodes} nodes`);

/** Parlance over one PostgreSQL. */
export const parlance = (nodes: number, carrier: 'PostgreSQL' | 'Redis'): ClusterContender => ({
  title: `Parlance messaging, ${counted(nodes)}, ${carrier}`,
  recipe: 'parlance',
  protocol: protocols.messaging,
  nodes,
  keepsIn: 'PostgreSQL',
  carrier,
});

const peer = (recipe: 'socketIoRedis' | 'socketIoStreams', adapter: string) => (nodes: number) =>
  ({
    title: `Socket.IO, ${counted(nodes)}, ${adapter}`,
    recipe,
    protocol: protocols.socketIo,
    nodes,
    keepsIn: 'nothing',
    carrier: 'Redis',
  }) as const satisfies ClusterContender;

/** They keep nothing, and agree on no order. */
export const pubSub = peer('socketIoRedis', 'Redis adapter');
export const streams = peer('socketIoStreams', 'Redis Streams adapter');

const counts = [1, 2, 3];

/** Everybody with 1, 2 and 3 nodes. */
export const clusters: readonly ClusterContender[] = [
  ...counts.map((nodes) => parlance(nodes, 'PostgreSQL')),
  ...counts.map((nodes) => parlance(nodes, 'Redis')),
  ...counts.map(pubSub),
  ...counts.map(streams),
];
