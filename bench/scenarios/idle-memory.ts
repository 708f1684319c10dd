import { readFileSync } from 'node:fs';
import { bareSocketIo, bareWs, kenz, messaging, mosquitto, rooms } from '../contenders.ts';
import { Crowd } from '../load/crowd.ts';
import type { Scenario } from '../scenario.ts';
import { Server } from '../servers.ts';

const shape = { rooms: 1_000, perRoom: 10, sendersPerRoom: 0 };
const connections = shape.rooms * shape.perRoom;
const figure = 'KiB per connection';
const pageBytes = 4096;

/** What the kernel holds for all TCP sockets of the machine, both ends and this generator's included. */
function kernelBytes(): number {
  const line = /^TCP: .*mem (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'));
  return Number(line?.[1]) * pageBytes;
}

export const idleMemory: Scenario = {
  name: 'idle-memory',
  sentence: `${connections} connections in rooms of 10 that say nothing: resident memory after a forced collection, less that of the empty server; beside it the buffers in the kernel, for both ends.`,
  contenders: [bareSocketIo, bareWs, mosquitto, kenz, messaging, rooms],
  async measure(contender) {
    const server = await Server.start(contender.recipe);
    try {
      const emptyBytes = await server.residentBytes();
      const kernelBefore = kernelBytes();
      const crowd = await Crowd.gather(server, contender.protocol, shape);
      const fullBytes = await server.residentBytes();
      const kernelKiB = (kernelBytes() - kernelBefore) / 1024 / connections;
      crowd.disperse();
      return {
        [figure]: (fullBytes - emptyBytes) / 1024 / connections,
        'kernel KiB per connection': kernelKiB,
        'empty MiB': emptyBytes / 2 ** 20,
        'full MiB': fullBytes / 2 ** 20,
      };
    } finally {
      await server.stop();
    }
  },
  targets: [
    ...[kenz, messaging].map(({ title }) => ({ is: title, to: bareSocketIo.title, figure, atMost: 1 })),
    { is: rooms.title, to: bareWs.title, figure, atMost: 1 },
  ],
};
