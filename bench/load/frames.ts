import { randomBytes } from 'node:crypto';

/** The little of RFC 6455 that a load generator needs. */

/** A text frame as a client sends it. The mask is all zeros, which is allowed and saves the masking. */
export function clientFrame(text: string, opcode = 1): Buffer {
  const payloadBytes = Buffer.byteLength(text);
  const headBytes = payloadBytes < 126 ? 6 : payloadBytes < 65_536 ? 8 : 14;
  const frame = Buffer.allocUnsafe(headBytes + payloadBytes);
  frame[0] = 0x80 | opcode;
  if (payloadBytes < 126) frame[1] = 0x80 | payloadBytes;
  else if (payloadBytes < 65_536) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(payloadBytes, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(payloadBytes), 2);
  }
  frame.writeUInt32BE(0, headBytes - 4);
  frame.write(text, headBytes);
  return frame;
}

export function upgradeRequest(path: string, host: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n');
}

/** Where a server's frame lies in `bytes`; undefined when it is not all there yet. */
export type Frame = { opcode: number; start: number; end: number };

/** Reads the frame at `at` into `frame`; false when it is not complete. */
export function readFrame(bytes: Buffer, at: number, limit: number, frame: Frame): boolean {
  if (at + 2 > limit) return false;
  const short = (bytes[at + 1] as number) & 0x7f;
  let start = at + 2;
  let length = short;
  if (short === 126) {
    if (at + 4 > limit) return false;
    length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    start = at + 4;
  } else if (short === 127) {
    if (at + 10 > limit) return false;
    length = bytes.readUIntBE(at + 4, 6);
    start = at + 10;
  }
  if (start + length > limit) return false;
  frame.opcode = (bytes[at] as number) & 0x0f;
  frame.start = start;
  frame.end = start + length;
  return true;
}

export function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  const { length } = prefix;
  if (end - start < length) return false;
  // From the end: event names differ late, and what differs is found sooner.
  for (let at = length - 1; at >= 0; at--) if (bytes[start + at] !== prefix[at]) return false;
  return true;
}
