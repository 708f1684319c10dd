import type { Frame } from './frames.ts';

/** The little of MQTT 3.1.1 that a load generator needs: no message is answered (QoS 0), and no heartbeat is asked for. */

const [connectByte, publishByte, subscribeByte] = [0x10, 0x30, 0x82];
/** What packets of a broker begin with. */
export const connected = Buffer.from([0x20, 2, 0, 0]);
/** One subscription granted, under the number that {@link subscribePacket} gives it. */
export const subscribed = Buffer.from([0x90, 3, 0, 1, 0]);
export const published = Buffer.from([publishByte]);

/** A session that ends with its connection, under a name of the broker's choice. */
export function connectPacket(): Buffer {
  const cleanSession = 2;
  const level = 4;
  return packet(connectByte, [lengthened('MQTT'), Buffer.from([level, cleanSession, 0, 0]), lengthened('')]);
}

export function subscribePacket(topic: string): Buffer {
  return packet(subscribeByte, [Buffer.from([0, 1]), lengthened(topic), Buffer.from([0])]);
}

export function publishPacket(topic: string, text: string): Buffer {
  return packet(publishByte, [lengthened(topic), Buffer.from(text)]);
}

function packet(first: number, parts: readonly Buffer[]): Buffer {
  const head = [first];
  for (let length = parts.reduce((sum, part) => sum + part.length, 0); ; length >>= 7) {
    head.push(length > 0x7f ? (length & 0x7f) | 0x80 : length);
    if (length <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from(head), ...parts]);
}

function lengthened(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

const lengthBytesLimit = 4;
const text = 1;

/**
 * Reads the packet at `at` into `frame`, as a text from its first byte to its last; false when it is not complete. Throws for
 * bytes that begin no packet.
 */
export function readPacket(bytes: Buffer, at: number, limit: number, frame: Frame): boolean {
  let length = 0;
  let start = at + 1;
  for (let shift = 0; ; shift += 7) {
    if (start >= limit) return false;
    if (shift === 7 * lengthBytesLimit) throw new Error('The server does not speak MQTT: a packet has no end.');
    const byte = bytes[start++] as number;
    length += (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (start + length > limit) return false;
  frame.opcode = text;
  frame.start = at;
  frame.end = start + length;
  return true;
}
