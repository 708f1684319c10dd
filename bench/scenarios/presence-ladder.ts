import { setTimeout as wait } from 'node:timers/promises';
import { bareSocketIo, bareWs, type Contender, messaging, rooms } from '../contenders.ts';
import { Crowd } from '../load/crowd.ts';
import type { Scenario } from '../scenario.ts';
import { Server } from '../servers.ts';

const clients = 1_000;
/** Until who has left counts as gone, and what follows from that. */
const restMs = 7_000;

type Rung = { readonly title: string; readonly contender: Contender; readonly perRoom: number };

const rungs: readonly Rung[] = [bareSocketIo, bareWs, messaging, rooms].flatMap((contender) =>
  [10, 100, 1_000].map((perRoom) => ({ title: `${contender.title} in rooms of ${perRoom}`, contender, perRoom })),
);

export const presenceLadder: Scenario<Rung> = {
  name: 'presence-ladder',
  sentence: `${clients} clients, members of rooms of 10, 100 and 1,000, come back at once after all have left: what a join costs of which everybody is told who is there already, and what each of those costs. The peers tell nobody.`,
  contenders: rungs,
  async measure({ contender, perRoom }, { profileDir }) {
    const shape = { rooms: clients / perRoom, perRoom, sendersPerRoom: 0 };
    const server = await Server.start(contender.recipe, { profileDir });
    try {
      (await Crowd.gather(server, contender.protocol, shape, clients)).disperse();
      await wait(restMs);
      const cpuBefore = server.cpuSeconds;
      const crowd = await Crowd.gather(server, contender.protocol, shape, clients);
      const cpuMicros = (server.cpuSeconds - cpuBefore) * 1e6;
      crowd.disperse();
      // Half of the others are there already when somebody comes.
      const told = (perRoom - 1) / 2;
      return {
        'CPU µs per join': cpuMicros / clients,
        'CPU µs per one who is told': cpuMicros / clients / told,
      };
    } finally {
      await server.stop();
    }
  },
  targets: [],
};
