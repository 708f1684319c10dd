import type { Dialect, DialectName } from './dialect.ts';
import { direct } from './direct/dialect.ts';
import { kenz } from './kenz/dialect.ts';
import { messaging } from './messaging/dialect.ts';
import { rooms } from './rooms/dialect.ts';
import { support } from './support/dialect.ts';

/** Every dialect that the server speaks. */
export const dialects: readonly Dialect[] = [kenz, support, direct, messaging, rooms];

const ownerByEvent: ReadonlyMap<string, DialectName> = new Map(
  dialects
    .filter((dialect) => dialect.mount === '/')
    .flatMap((dialect) => Object.keys(dialect.inbound).map((event) => [event, dialect.name] as const)),
);

/** Events that both kenz and direct have: the payload tells which of the two is meant. */
const sharedEvents: ReadonlySet<string> = new Set(
  Object.keys(kenz.inbound).filter((event) => Object.hasOwn(direct.inbound, event)),
);

/**
 * The dialect to which an inbound event of the shared namespace belongs; undefined for unknown names. Where two dialects have the
 * event and the payload names no conversation, it is `lastSpoken`, the one that the connection used last, or else kenz.
 */
export function claim(event: string, payload: unknown, lastSpoken: DialectName | undefined): DialectName | undefined {
  if (!sharedEvents.has(event)) return ownerByEvent.get(event);
  if (has(payload, 'chatId')) return 'kenz';
  return has(payload, 'conversationId') || lastSpoken === 'direct' ? 'direct' : 'kenz';
}

function has(payload: unknown, field: string): boolean {
  if (typeof payload !== 'object' || payload === null || !Object.hasOwn(payload, field)) return false;
  const value: unknown = Reflect.get(payload, field);
  return value !== undefined && value !== null;
}
