import type { Scenario } from './scenario.ts';
import { durableSends } from './scenarios/durable-sends.ts';
import { roomOf1000 } from './scenarios/room-of-1000.ts';
import { roomsOf10 } from './scenarios/rooms-of-10.ts';

export const scenarios: readonly Scenario[] = [roomsOf10, roomOf1000, durableSends];
