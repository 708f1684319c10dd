import { type ClusterContender, clusterThroughput, withCluster } from '../cluster.ts';
import { clusters } from '../cluster-contenders.ts';
import type { Scenario } from '../scenario.ts';

const window = 1;

export const clusterRoomsOf10: Scenario<ClusterContender> = {
  name: 'cluster-rooms-of-10',
  sentence: `500 connections in 50 rooms of 10, each room spread over all nodes; all send, each with ${window} send unanswered. All nodes and databases share one core. The peers keep nothing and agree on no order: what their members heard differently is counted.`,
  contenders: clusters,
  async measure(contender, options) {
    const shape = { rooms: 50, perRoom: 10, sendersPerRoom: 10 };
    return clusterThroughput(await withCluster(contender, shape, (crowd) => crowd.saturate(window, options.seconds)));
  },
  targets: [],
};
