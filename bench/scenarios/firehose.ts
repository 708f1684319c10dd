import { setTimeout as wait } from 'node:timers/promises';
import { Cluster, type ClusterContender } from '../cluster.ts';
import { parlance, pubSub, streams } from '../cluster-contenders.ts';
import { Crowd } from '../load/crowd.ts';
import type { Scenario } from '../scenario.ts';

/** Entries come in batches, the larger the more of them there are. */
const ratesPerSecond = [1_000, 4_000] as const;
const warmUpSeconds = 2;
const deafNode = 1;

export const firehose: Scenario<ClusterContender> = {
  name: 'firehose',
  sentence: `${ratesPerSecond.join(' and ')} sends a second into 50 rooms of 2 on one node; CPU per send of the other node, to which nobody is connected, above what it needs when nothing is said.`,
  contenders: [parlance(2, 'PostgreSQL'), parlance(2, 'Redis'), pubSub(2), streams(2)],
  async measure(contender, options) {
    const cluster = await Cluster.start(contender, () => 0);
    try {
      const crowd = await Crowd.gather(cluster, contender.protocol, { rooms: 50, perRoom: 2, sendersPerRoom: 1 });
      const idle = await cpuOf(cluster, () => wait(options.seconds * 1_000));
      const figures: { [name: string]: number } = { 'CPU there, idle': idle.share };
      for (const rate of ratesPerSecond) {
        // The runtime compiles what it has run often.
        await crowd.keepRate(rate, warmUpSeconds);
        const before = crowd.sentInAll;
        const busy = await cpuOf(cluster, () => crowd.keepRate(rate, options.seconds));
        const sent = crowd.sentInAll - before;
        figures[`CPU µs per entry at ${rate}/s`] = ((busy.cpuSeconds - idle.share * busy.seconds) * 1e6) / sent;
        figures[`CPU there at ${rate}/s`] = busy.share;
        figures[`sends per second of ${rate}`] = sent / busy.seconds;
      }
      crowd.disperse();
      return { ...figures, ...crowd.faults };
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
