import { type ClusterContender, clusterThroughput, withCluster } from '../cluster.ts';
import { clusters } from '../cluster-contenders.ts';
import type { Scenario } from '../scenario.ts';

const window = 10;

export const clusterDurableSends: Scenario<ClusterContender> = {
  name: 'cluster-durable-sends',
  sentence: `100 senders, each alone in its room, spread over the nodes, with ${window} sends unanswered. All nodes and databases share one core, so that ratios tell what more nodes cost, not what they bring. The peers keep nothing.`,
  contenders: clusters,
  async measure(contender, options) {
    const shape = { rooms: 100, perRoom: 1, sendersPerRoom: 1 };
    return clusterThroughput(await withCluster(contender, shape, (crowd) => crowd.saturate(window, options.seconds)));
  },
  targets: [],
};
