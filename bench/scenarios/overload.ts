import { type Contender, messaging, rooms } from '../contenders.ts';
import { Crowd } from '../load/crowd.ts';
import type { RunOptions, Scenario } from '../scenario.ts';
import { Server } from '../servers.ts';

const shape = { rooms: 100, perRoom: 10, sendersPerRoom: 10 };
const senders = shape.rooms * shape.sendersPerRoom;
const times = 2;
const memoryEveryMs = 500;
const capacitySeconds = 5;
/** So many sends unanswered of each, that nobody ever waits for work. */
const window = 10;

/** `isLimited`: its settings allow all users together as much as it was found to carry. */
type Overloaded = Contender & { readonly isLimited: boolean };
const unlimited = (contender: Contender): Overloaded => ({ ...contender, isLimited: false });
const limited = (contender: Contender): Overloaded => ({
  ...contender,
  title: `${contender.title}, limited to what it carries`,
  isLimited: true,
});

async function withServer<T>(
  { recipe, protocol }: Contender,
  options: { readonly profileDir?: string | undefined; readonly env?: Record<string, string> },
  work: (crowd: Crowd, server: Server) => Promise<T>,
): Promise<T> {
  const server = await Server.start(recipe, options);
  try {
    const crowd = await Crowd.gather(server, protocol, shape);
    const result = await work(crowd, server);
    crowd.disperse();
    return result;
  } finally {
    await server.stop();
  }
}

async function capacityOf(crowd: Crowd): Promise<number> {
  const { sends, seconds } = await crowd.saturate(window, capacitySeconds);
  return sends / seconds;
}

async function overwhelm(crowd: Crowd, server: Server, carried: number, { seconds }: RunOptions) {
  const startMs = performance.now();
  const peakBytes = { firstHalf: 0, all: 0 };
  const watch = setInterval(() => {
    const bytes = server.memoryBytes;
    peakBytes.all = Math.max(peakBytes.all, bytes);
    if (performance.now() - startMs < seconds * 500) peakBytes.firstHalf = peakBytes.all;
  }, memoryEveryMs);
  const { sent, refused } = await crowd.flood(times * carried, seconds);
  clearInterval(watch);
  const untilHeard = (performance.now() - startMs) / 1_000;
  return {
    'carried before, per second': carried,
    'asked per second': sent / seconds,
    'refused share': refused / sent,
    'carried meanwhile, per second': (sent - refused) / untilHeard,
    'seconds until all was heard': untilHeard,
    'peak MiB, first half': peakBytes.firstHalf / 2 ** 20,
    'peak MiB': peakBytes.all / 2 ** 20,
    ...crowd.faults,
  };
}

export const overload: Scenario<Overloaded> = {
  name: 'overload',
  sentence: `100 rooms of 10 are sent ${times} times what they were found to carry, for --seconds (the promise speaks of 60), then everything is waited for: a send that was not refused is heard once, in order, by all ten. Without limits it is TCP that holds senders back; with them, who asks for too much is refused.`,
  contenders: [unlimited(messaging), unlimited(rooms), limited(messaging)],
  async measure(contender, options) {
    const { profileDir } = options;
    if (!contender.isLimited) {
      return withServer(contender, { profileDir }, async (crowd, server) =>
        overwhelm(crowd, server, await capacityOf(crowd), options),
      );
    }
    const carried = await withServer(contender, {}, capacityOf);
    const each = String(Math.max(1, Math.floor(carried / senders)));
    const env = { MESSAGES_PER_SECOND: each, MESSAGE_BURST: each };
    return withServer(contender, { profileDir, env }, (crowd, server) => overwhelm(crowd, server, carried, options));
  },
  targets: [],
};
