import { bareSocketIo, type Contender, messaging, rooms } from '../contenders.ts';
import { type Scenario, throughput, withCrowd } from '../scenario.ts';

const connections = 1_000;
const sendersPerRoomLimit = 10;

type Rung = { readonly title: string; readonly contender: Contender; readonly perRoom: number };

const rungs: readonly Rung[] = [bareSocketIo, messaging, rooms].flatMap((contender) =>
  [1, 10, 100, 1_000].map((perRoom) => ({ title: `${contender.title}, ${perRoom} a room`, contender, perRoom })),
);

export const membersLadder: Scenario<Rung> = {
  name: 'members-ladder',
  sentence: `${connections} connections in rooms of 1, 10, 100 and 1,000; up to ${sendersPerRoomLimit} of each room send, each with 1 send unanswered: what a delivery costs must fall as rooms grow.`,
  contenders: rungs,
  async measure({ contender, perRoom }, options) {
    const sendersPerRoom = Math.min(perRoom, sendersPerRoomLimit);
    const shape = { rooms: connections / perRoom, perRoom, sendersPerRoom };
    return throughput(await withCrowd(contender, shape, options, (crowd) => crowd.saturate(1, options.seconds)));
  },
  targets: [],
};
