import { bareSocketIo, bareWs, messaging, mosquitto, rooms } from '../contenders.ts';
import { type Scenario, throughput, withCrowd } from '../scenario.ts';

const window = 10;
const figure = 'deliveries per CPU second';

export const roomOf1000: Scenario = {
  name: 'room-of-1000',
  sentence: `One room of 1,000 with 10 senders, each with ${window} sends unanswered.`,
  contenders: [bareSocketIo, bareWs, mosquitto, messaging, rooms],
  async measure(contender, options) {
    const shape = { rooms: 1, perRoom: 1_000, sendersPerRoom: 10 };
    return throughput(await withCrowd(contender, shape, options, (crowd) => crowd.saturate(window, options.seconds)));
  },
  targets: [messaging, rooms].flatMap(({ title }) => [
    { is: title, to: bareSocketIo.title, figure, atLeast: 10 },
    { is: title, to: bareWs.title, figure, atLeast: 7 },
  ]),
};
