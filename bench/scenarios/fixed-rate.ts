import { bareSocketIo, kenz, messaging, messagingFarCommits, mosquitto, rooms } from '../contenders.ts';
import { fsyncFigures } from '../disk.ts';
import { pace, type Scenario, withCrowd } from '../scenario.ts';

const sendsPerSecond = 1_000;
const dialects = [kenz, messaging, rooms];

export const fixedRate: Scenario = {
  name: 'fixed-rate',
  sentence: `${sendsPerSecond} sends a second into 100 rooms of 10; latency from the intended send time to each delivery. Parlance's p50 may be one fsync and 1 ms above the peer's.`,
  contenders: [bareSocketIo, mosquitto, ...dialects, messagingFarCommits],
  async measure(contender, options) {
    const shape = { rooms: 100, perRoom: 10, sendersPerRoom: 10 };
    const crowd = await withCrowd(contender, shape, options, (all) => all.keepRate(sendsPerSecond, options.seconds));
    return { ...pace(crowd), ...fsyncFigures() };
  },
  targets: [...dialects, messagingFarCommits].flatMap(({ title }) => [
    { is: title, to: bareSocketIo.title, figure: 'server CPU', atMost: 1 },
    { is: title, to: bareSocketIo.title, figure: 'p99 ms', atMost: 1 },
  ]),
};
