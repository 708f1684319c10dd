import { setTimeout as wait } from 'node:timers/promises';
import { bareSocketIo, bareUpgrade, bareWs, kenz, messaging, rooms } from '../contenders.ts';
import { Crowd } from '../load/crowd.ts';
import type { Protocol } from '../load/protocols.ts';
import type { Scenario } from '../scenario.ts';
import { Server } from '../servers.ts';

const shape = { rooms: 300, perRoom: 10, sendersPerRoom: 0 };
const clients = shape.rooms * shape.perRoom;
const [figure, figureAgain] = ['CPU µs per join', 'CPU µs per join, again'];
/** For what follows their leaving. */
const restMs = 3_000;

/** Lets all of them come at once, and go. */
async function arrive(
  server: Server,
  protocol: Protocol,
): Promise<{ readonly cpuMicros: number; readonly seconds: number }> {
  const [cpuBefore, startMs] = [server.cpuSeconds, performance.now()];
  const crowd = await Crowd.gather(server, protocol, shape, clients);
  const cpuMicros = ((server.cpuSeconds - cpuBefore) * 1e6) / clients;
  const seconds = (performance.now() - startMs) / 1_000;
  crowd.disperse();
  return { cpuMicros, seconds };
}

export const arrival: Scenario = {
  name: 'arrival',
  sentence: `${clients} clients connect at once, show their tokens and join rooms of 10, and once more after all have left: nobody is known at first, nor is the code compiled. The last second is for the news of their coming.`,
  contenders: [bareSocketIo, bareWs, bareUpgrade, kenz, messaging, rooms],
  async measure(contender, { profileDir }) {
    const server = await Server.start(contender.recipe, { profileDir });
    try {
      const first = await arrive(server, contender.protocol);
      await wait(restMs);
      const again = await arrive(server, contender.protocol);
      return { [figure]: first.cpuMicros, [figureAgain]: again.cpuMicros, seconds: first.seconds };
    } finally {
      await server.stop();
    }
  },
  targets: [
    ...[figure, figureAgain].flatMap((figure) => [
      ...[kenz, messaging].map(({ title }) => ({ is: title, to: bareSocketIo.title, figure, atMost: 0.8 })),
      { is: rooms.title, to: bareWs.title, figure, atMost: 0.4 },
    ]),
  ],
};
