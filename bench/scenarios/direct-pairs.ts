import { bareSocketIo, bareWs, direct, kenz, messaging, mosquitto, rooms, support } from '../contenders.ts';
import { type Scenario, throughput, withCrowd } from '../scenario.ts';

const window = 1;
const figure = 'deliveries per CPU second';
const socketIoDialects = [kenz, support, messaging, direct];

export const directPairs: Scenario = {
  name: 'direct-pairs',
  sentence: '500 pairs; both send, each with one send unanswered.',
  contenders: [bareSocketIo, bareWs, mosquitto, ...socketIoDialects, rooms],
  async measure(contender, options) {
    const shape = { rooms: 500, perRoom: 2, sendersPerRoom: 2 };
    return throughput(await withCrowd(contender, shape, options, (crowd) => crowd.saturate(window, options.seconds)));
  },
  targets: [
    ...socketIoDialects.map(({ title }) => ({ is: title, to: bareSocketIo.title, figure, atLeast: 1 })),
    { is: rooms.title, to: bareWs.title, figure, atLeast: 1.3 },
  ],
};
