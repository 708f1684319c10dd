import { bareSocketIo, bareWs, direct, kenz, messaging, mosquitto, nestjs, rooms, support } from '../contenders.ts';
import { type Scenario, throughput, withCrowd } from '../scenario.ts';

const window = 1;
const figure = 'deliveries per CPU second';
const socketIoDialects = [kenz, support, messaging, direct];

export const roomsOf10: Scenario = {
  name: 'rooms-of-10',
  sentence: `1,000 connections in 100 rooms of 10; all send, each with ${window} send unanswered.`,
  contenders: [bareSocketIo, bareWs, mosquitto, ...socketIoDialects, rooms, nestjs],
  async measure(contender, options) {
    const shape = { rooms: 100, perRoom: 10, sendersPerRoom: 10 };
    return throughput(await withCrowd(contender, shape, options, (crowd) => crowd.saturate(window, options.seconds)));
  },
  targets: [
    ...socketIoDialects.map(({ title }) => ({ is: title, to: bareSocketIo.title, figure, atLeast: 3.5 })),
    { is: rooms.title, to: bareSocketIo.title, figure, atLeast: 4.5 },
    { is: messaging.title, to: nestjs.title, figure, atLeast: 35 },
    { is: rooms.title, to: nestjs.title, figure, atLeast: 35 },
  ],
};
