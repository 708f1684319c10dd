import { bareSocketIo, bareWs, kenz, messaging, rooms } from '../contenders.ts';
import { Crowd } from '../load/crowd.ts';
import type { Scenario } from '../scenario.ts';
import { Server } from '../servers.ts';

const shape = { rooms: 300, perRoom: 10, sendersPerRoom: 0 };
const clients = shape.rooms * shape.perRoom;
const figure = 'CPU µs per join';

export const arrival: Scenario = {
  name: 'arrival',
  sentence: `${clients} clients connect at once, show their tokens and join rooms of 10; the last second is for the news of their coming.`,
  contenders: [bareSocketIo, bareWs, kenz, messaging, rooms],
  async measure(contender, { profileDir }) {
    const server = await Server.start(contender.recipe, { profileDir });
    try {
      const [cpuBefore, startMs] = [server.cpuSeconds, performance.now()];
      const crowd = await Crowd.gather(server, contender.tongue, shape, clients);
      const figures = {
        [figure]: ((server.cpuSeconds - cpuBefore) * 1e6) / clients,
        seconds: (performance.now() - startMs) / 1_000,
      };
      crowd.disperse();
      return figures;
    } finally {
      await server.stop();
    }
  },
  targets: [
    ...[kenz, messaging].map(({ title }) => ({ is: title, to: bareSocketIo.title, figure, atMost: 0.8 })),
    { is: rooms.title, to: bareWs.title, figure, atMost: 0.4 },
  ],
};
