import type { Contending, Scenario } from './scenario.ts';
import { arrival } from './scenarios/arrival.ts';
import { clusterDurableSends } from './scenarios/cluster-durable-sends.ts';
import { clusterRoomsOf10 } from './scenarios/cluster-rooms-of-10.ts';
import { connectionsLadder } from './scenarios/connections-ladder.ts';
import { conversationsLadder } from './scenarios/conversations-ladder.ts';
import { directPairs } from './scenarios/direct-pairs.ts';
import { durableSends } from './scenarios/durable-sends.ts';
import { firehose } from './scenarios/firehose.ts';
import { fixedRate } from './scenarios/fixed-rate.ts';
import { idleMemory } from './scenarios/idle-memory.ts';
import { longHistory } from './scenarios/long-history.ts';
import { manyMemberships } from './scenarios/many-memberships.ts';
import { membersLadder } from './scenarios/members-ladder.ts';
import { nodeToNode } from './scenarios/node-to-node.ts';
import { overload } from './scenarios/overload.ts';
import { presenceLadder } from './scenarios/presence-ladder.ts';
import { receiptsLadder } from './scenarios/receipts-ladder.ts';
import { comeBack } from './scenarios/return.ts';
import { roomOf1000 } from './scenarios/room-of-1000.ts';
import { roomsOf10 } from './scenarios/rooms-of-10.ts';
import { search } from './scenarios/search.ts';
import { slowLargeRoom } from './scenarios/slow-large-room.ts';

export const scenarios: readonly Scenario<Contending>[] = [
  roomsOf10,
  roomOf1000,
  durableSends,
  fixedRate,
  directPairs,
  idleMemory,
  arrival,
  slowLargeRoom,
  comeBack,
  longHistory,
  search,
  clusterDurableSends,
  clusterRoomsOf10,
  nodeToNode,
  firehose,
  membersLadder,
  conversationsLadder,
  connectionsLadder,
  presenceLadder,
  receiptsLadder,
  manyMemberships,
  overload,
];
