import type { Dialect, DialectName } from './dialect.ts';
import { direct } from './direct/dialect.ts';
import { kenz } from './kenz/dialect.ts';
import { messaging } from './messaging/dialect.ts';
import { rooms } from './rooms/dialect.ts';
import { support } from './support/dialect.ts';

/** The languages that the house speaks. */
export const dialects: readonly Dialect[] = [kenz, support, direct, messaging, rooms];

const ownerByEvent: ReadonlyMap<string, DialectName> = new Map(
  dialects
    .filter((dialect) => dialect.mount === '/')
    .flatMap((dialect) => Object.keys(dialect.inbound).map((event) => [event, dialect.name] as const)),
);

/** What kenz and direct both know: the payload tells which of them it is. */
const sharedEvents: ReadonlySet<string> = new Set(
  Object.keys(kenz.inbound).filter((event) => Object.hasOwn(direct.inbound, event)),
);

/**
 * Whose an inbound event of the shared namespace is; undefined for unknown names. `lastSpoken`: that of the dialect which the
 * connection spoke last, where that knows the event, else kenz's.
 */
export function claim(event: string, payload: unknown): DialectName | 'lastSpoken' | undefined {
  if (!sharedEvents.has(event)) return ownerByEvent.get(event);
  if (has(payload, 'chatId')) return 'kenz';
  return has(payload, 'conversationId') ? 'direct' : 'lastSpoken';
}

function has(payload: unknown, field: string): boolean {
  if (typeof payload !== 'object' || payload === null || !Object.hasOwn(payload, field)) return false;
  const value: unknown = Reflect.get(payload, field);
  return value !== undefined && value !== null;
}
