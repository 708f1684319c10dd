import type { AckToken, Packaging } from '../gateway/transport.ts';
import { framed, framedInto } from './fast-write.ts';

/** Socket.IO packets as text, without the engine's own prefix (socket.io-parser 4.2, protocol 5; the same text in protocol 4). */

/** The engine's packet type `message`, in protocol 3 and 4 alike. */
const engineMessage = '4';

/** The event of our own that tells a client its offset. */
const markerEvent = 'position';

const namespacePart = (namespace: string): string => (namespace === '/' ? '' : `${namespace},`);

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
