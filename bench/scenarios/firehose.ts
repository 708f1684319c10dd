import { setTimeout as wait } from 'node:timers/promises';
import { Cluster, type ClusterContender } from '../cluster.ts';
import { parlance, pubSub, streams } from '../cluster-contenders.ts';
import { Crowd } from '../load/crowd.ts';
import type { Scenario } from '../scenario.ts';

const sendsPerSecond = 1_000;
const deafNode = 1;

export const firehose: Scenario<ClusterContender> = {
  name: 'firehose',
  sentence: `${sendsPerSecond} sends a second into 50 rooms of 2 on one node; CPU per send of the other node, to which nobody is connected, above what it needs when nothing is said.`,
  contenders: [parlance(2, 'PostgreSQL'), parlance(2, 'Redis'), pubSub(2), streams(2)],
  async measure(contender, options) {
    const cluster = await Cluster.start(contender, () => 0);
    try {
      const crowd = await Crowd.gather(cluster, contender.tongue, { rooms: 50, perRoom: 2, sendersPerRoom: 1 });
      const idle = await cpuOf(cluster, () => wait(options.seconds * 1_000));
      const busy = await cpuOf(cluster, () => crowd.keepRate(sendsPerSecond, options.seconds));
      crowd.disperse();
      return {
        'CPU µs per entry there': ((busy.cpuSeconds - idle.share * busy.seconds) * 1e6) / crowd.sentInAll,
        'CPU there': busy.share,
        'CPU there, idle': idle.share,
        'sends per second': crowd.sentInAll / busy.seconds,
        ...crowd.faults,
      };
    } finally {
      await cluster.stop();
    }
  },
  targets: [],
};

/** What the node to which nobody is connected needs meanwhile; `share`: seconds of CPU a second. */
async function cpuOf(cluster: Cluster, during: () => Promise<unknown>) {
  const before = { cpu: cluster.cpuSecondsOfNode(deafNode), atMs: performance.now() };
  await during();
  const cpuSeconds = cluster.cpuSecondsOfNode(deafNode) - before.cpu;
  const seconds = (performance.now() - before.atMs) / 1_000;
  return { cpuSeconds, seconds, share: cpuSeconds / seconds };
}
