import { type ClusterContender, withCluster } from '../cluster.ts';
import { parlance, pubSub, streams } from '../cluster-contenders.ts';
import { fsyncFigures } from '../disk.ts';
import { pace, type Scenario } from '../scenario.ts';

const sendsPerSecond = 200;

export const nodeToNode: Scenario<ClusterContender> = {
  name: 'node-to-node',
  sentence: `${sendsPerSecond} sends a second, each to one listener on the other of two nodes; latency from the intended send time to the delivery there. Parlance's includes the commit.`,
  contenders: [parlance(2, 'PostgreSQL'), parlance(2, 'Redis'), pubSub(2), streams(2)],
  async measure(contender, options) {
    const shape = { rooms: 50, perRoom: 2, sendersPerRoom: 1, isTimedAcross: true };
    const { measured, faults, databaseCpu } = await withCluster(contender, shape, (crowd) =>
      crowd.keepRate(sendsPerSecond, options.seconds),
    );
    return { ...pace({ measured, faults }), 'database CPU': databaseCpu, ...fsyncFigures() };
  },
  targets: [],
};
