import { messaging, rooms } from '../contenders.ts';
import { Crowd } from '../load/crowd.ts';
import type { Scenario } from '../scenario.ts';
import { Server } from '../servers.ts';

const shape = { rooms: 100, perRoom: 10, sendersPerRoom: 10 };
const times = 2;
const memoryEveryMs = 500;
const capacitySeconds = 5;

export const overload: Scenario = {
  name: 'overload',
  sentence: `100 rooms of 10 are sent ${times} times what they were found to carry, for --seconds (the promise speaks of 60), then everything is waited for: a send that was not refused is heard once, in order, by all ten.`,
  contenders: [messaging, rooms],
  async measure(contender, { seconds, profileDir }) {
    const server = await Server.start(contender.recipe, { profileDir });
    try {
      const crowd = await Crowd.gather(server, contender.tongue, shape);
      const { sends } = await crowd.saturate(1, capacitySeconds);
      const carried = sends / capacitySeconds;
      let peakBytes = 0;
      const watch = setInterval(() => {
        peakBytes = Math.max(peakBytes, server.memoryBytes);
      }, memoryEveryMs);
      const startMs = performance.now();
      const { sent, refused } = await crowd.flood(times * carried, seconds);
      clearInterval(watch);
      const figures = {
        'carried sends per second': carried,
        'asked sends per second': sent / seconds,
        'refused share': refused / sent,
        'seconds until all was heard': (performance.now() - startMs) / 1_000,
        'peak MiB': peakBytes / 2 ** 20,
        ...crowd.faults,
      };
      crowd.disperse();
      return figures;
    } finally {
      await server.stop();
    }
  },
  targets: [],
};
