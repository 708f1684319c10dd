import { messaging, nestjs, nestjsWal, rooms } from '../contenders.ts';
import { type Scenario, throughput, withCrowd } from '../scenario.ts';

const window = 10;
const figure = 'sends per CPU second';

export const durableSends: Scenario = {
  name: 'durable-sends',
  sentence: `100 senders, each alone in its room, with ${window} sends unanswered: what an answer that means on disk costs.`,
  contenders: [nestjs, nestjsWal, messaging, rooms],
  async measure(contender, options) {
    const shape = { rooms: 100, perRoom: 1, sendersPerRoom: 1 };
    return throughput(await withCrowd(contender, shape, options, (crowd) => crowd.saturate(window, options.seconds)));
  },
  targets: [messaging, rooms].flatMap(({ title }) => [
    { is: title, to: nestjs.title, figure, atLeast: 50 },
    { is: title, to: nestjsWal.title, figure, atLeast: 14 },
  ]),
};
