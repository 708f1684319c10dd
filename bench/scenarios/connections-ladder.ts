import { bareSocketIo, bareWs, type Contender, messaging, rooms } from '../contenders.ts';
import { type Scenario, throughput, withCrowd } from '../scenario.ts';

type Rung = { readonly title: string; readonly contender: Contender; readonly connections: number };

const title = (contender: Contender, connections: number) => `${contender.title} with ${connections} connections`;
const counts = [100, 1_000, 10_000];
const rungs: readonly Rung[] = [bareSocketIo, messaging, bareWs, rooms].flatMap((contender) =>
  counts.map((connections) => ({ title: title(contender, connections), contender, connections })),
);
/** Sends that are on their way at any time, over all connections, or one of each where there are more of them. */
const unanswered = 1_000;

export const connectionsLadder: Scenario<Rung> = {
  name: 'connections-ladder',
  sentence: `100, 1,000 and 10,000 connections, each alone in its conversation, all send, ${unanswered} sends unanswered in all or one for each connection: what a send costs that shares its reads and writes with fewer and fewer others.`,
  contenders: rungs,
  async measure({ contender, connections }, options) {
    const shape = { rooms: connections, perRoom: 1, sendersPerRoom: 1 };
    const window = Math.max(1, unanswered / connections);
    return throughput(await withCrowd(contender, shape, options, (crowd) => crowd.saturate(window, options.seconds)));
  },
  targets: [messaging, rooms].map((contender) => ({
    is: title(contender, 10_000),
    to: title(contender, 100),
    figure: 'sends per CPU second',
    atLeast: 0.5,
  })),
};
