import { type Contender, messaging, rooms } from '../contenders.ts';
import { type Scenario, throughput, withCrowd } from '../scenario.ts';

/** Sends that are on their way at any time, over all conversations. */
const unanswered = 1_000;
const figure = 'sends per CPU second';

type Rung = { readonly title: string; readonly contender: Contender; readonly conversations: number };

const title = (contender: Contender, conversations: number) => `${contender.title}, ${conversations} conversations`;
const counts = [1, 100, 10_000];
const rungs: readonly Rung[] = [messaging, rooms].flatMap((contender) =>
  counts.map((conversations) => ({ title: title(contender, conversations), contender, conversations })),
);

export const conversationsLadder: Scenario<Rung> = {
  name: 'conversations-ladder',
  sentence: `One member alone in each of 1, 100 and 10,000 conversations, all send, about ${unanswered} sends unanswered in all: what a send costs must not grow with their number.`,
  contenders: rungs,
  async measure({ contender, conversations }, options) {
    const shape = { rooms: conversations, perRoom: 1, sendersPerRoom: 1 };
    const window = Math.max(1, unanswered / conversations);
    return throughput(await withCrowd(contender, shape, options, (crowd) => crowd.saturate(window, options.seconds)));
  },
  targets: [messaging, rooms].map((contender) => ({
    is: title(contender, 10_000),
    to: title(contender, 100),
    figure,
    atLeast: 0.5,
  })),
};
