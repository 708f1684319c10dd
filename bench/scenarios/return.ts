import { messaging, recovering } from '../contenders.ts';
import { Returning } from '../load/returning.ts';
import type { Scenario } from '../scenario.ts';
import { Server } from '../servers.ts';

const shape = { rooms: 50, perRoom: 100 };
const missed = 100;
const figure = 'seconds';

export const comeBack: Scenario = {
  name: 'return',
  sentence: `${shape.rooms * shape.perRoom} clients come back at once after missing ${missed} messages each: time to the last replayed one.`,
  contenders: [recovering, messaging],
  async measure(contender, { profileDir }) {
    const server = await Server.start(contender.recipe, { profileDir });
    try {
      const returning = new Returning(server, contender.protocol, shape);
      const { seconds, serverCpuSeconds, lost } = await returning.leaveAndReturn(missed);
      const { disagreements } = returning;
      return { [figure]: seconds, 'server CPU seconds': serverCpuSeconds, lost, disagreements };
    } finally {
      await server.stop();
    }
  },
  targets: [
    { is: messaging.title, to: recovering.title, figure, atMost: 1 },
    { is: messaging.title, to: recovering.title, figure: 'server CPU seconds', atMost: 1 },
  ],
};
