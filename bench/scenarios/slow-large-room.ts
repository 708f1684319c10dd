import { bareSocketIo, messaging, rooms } from '../contenders.ts';
import { pace, type Scenario, withCrowd } from '../scenario.ts';

const sendsPerSecond = 20;

export const slowLargeRoom: Scenario = {
  name: 'slow-large-room',
  sentence: `${sendsPerSecond} sends a second into one room of 1,000.`,
  contenders: [bareSocketIo, messaging, rooms],
  async measure(contender, options) {
    const shape = { rooms: 1, perRoom: 1_000, sendersPerRoom: 10 };
    return pace(await withCrowd(contender, shape, options, (all) => all.keepRate(sendsPerSecond, options.seconds)));
  },
  targets: [messaging, rooms].map(({ title }) => ({
    is: title,
    to: bareSocketIo.title,
    figure: 'server CPU',
    atMost: 0.7,
  })),
};
