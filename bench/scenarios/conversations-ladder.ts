import { bareSocketIo, type Contender, messaging } from '../contenders.ts';
import { type Scenario, throughput, withCrowd } from '../scenario.ts';

const connections = 100;
const unanswered = 10;
const figure = 'sends per CPU second';

type Rung = { readonly title: string; readonly contender: Contender; readonly each: number };

const title = (contender: Contender, each: number) => `${contender.title} among ${each * connections} conversations`;
const rungs: readonly Rung[] = [bareSocketIo, messaging].flatMap((contender) =>
  [1, 10, 100].map((each) => ({ title: title(contender, each), contender, each })),
);

export const conversationsLadder: Scenario<Rung> = {
  name: 'conversations-ladder',
  sentence: `${connections} connections, each a member of 1, 10 or 100 conversations of its own, of which it takes another one for each send, ${unanswered} sends unanswered each: what a send costs must not grow with the number of conversations.`,
  contenders: rungs,
  async measure({ contender, each }, options) {
    const shape = { rooms: connections, perRoom: 1, sendersPerRoom: 1, conversationsEach: each };
    return throughput(
      await withCrowd(contender, shape, options, (crowd) => crowd.saturate(unanswered, options.seconds)),
    );
  },
  targets: [{ is: title(messaging, 100), to: title(messaging, 1), figure, atLeast: 0.5 }],
};
