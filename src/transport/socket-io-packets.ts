import type { AckToken, Packaging } from '../gateway/transport.ts';
import { framed, framedInto } from './fast-write.ts';

/** Socket.IO packets as text, without the engine's own prefix (socket.io-parser 4.2, protocol 5; the same text in protocol 4). */

/** The engine's packet type `message`, in protocol 3 and 4 alike. */
export const engineMessage = '4';

/** The event of our own that tells a client its offset. */
const markerEvent = 'position';

/** What follows a packet's type and names its namespace. */
export const namespacePart = (namespace: string): string => (namespace === '/' ? '' : `${namespace},`);

const eventPrefixes = new Map<string, string>();

/** What frames with events of a namespace begin with: one text for all its sockets. */
export function eventPrefix(namespace: string): string {
  let prefix = eventPrefixes.get(namespace);
  if (prefix === undefined) {
    prefix = `${engineMessage}2${namespacePart(namespace)}`;
    eventPrefixes.set(namespace, prefix);
  }
  return prefix;
}

/** How the frames of a Socket.IO namespace look. */
export function socketIoPackaging(namespace: string): Packaging {
  const event = `2${namespacePart(namespace)}`;
  return {
    packet: (name, payload) => `${event}["${name}",${payload}]`,
    marker: (offset) => `${event}${JSON.stringify([markerEvent, offset])}`,
    framed: (packets) => framed(engineMessage, packets),
    framedInto: (packets, target, at) => framedInto(engineMessage, packets, target, at),
  };
}

/** Answers the acknowledgement that a client of this namespace asked for under this id. */
export function ackPacket(namespace: string, id: AckToken, payload: string): string {
  return `3${namespacePart(namespace)}${id}[${payload}]`;
}
