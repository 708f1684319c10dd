import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Chunk } from '../gateway/transport.ts';
import { isAtRest, writeAtRest } from './handle-write.ts';

/**
 * The one place that goes past the socket libraries: it frames packets itself and writes them to the network socket of an
 * open, idle websocket. Everything else is left to the libraries.
 */

const finalTextFrame = 0x81;

const headerBytes = (payloadBytes: number): number => (payloadBytes < 126 ? 2 : payloadBytes < 65_536 ? 4 : 10);
const headerLimitBytes = 10;
/** UTF-8 bytes of one UTF-16 unit at the most. */
const bytesPerUnit = 3;

/**
 * One unmasked, uncompressed websocket text frame a packet, one after the other, in one buffer. `prefix` is ASCII and stands
 * before each packet, inside its frame.
 */
export function framed(prefix: string, packets: readonly string[]): Buffer {
  let totalBytes = 0;
  for (const packet of packets) {
    const payloadBytes = prefix.length + Buffer.byteLength(packet);
    totalBytes += headerBytes(payloadBytes) + payloadBytes;
  }
  const bytes = Buffer.allocUnsafe(totalBytes);
  let at = 0;
  for (const packet of packets) at = frame(prefix, packet, bytes, at);
  return bytes;
}

/** The same into `target` from `at` on: answers where it ended, or -1 when it might not fit. */
export function framedInto(prefix: string, packets: readonly string[], target: Buffer, at: number): number {
  let end = at;
  for (const packet of packets) {
    if (end + headerLimitBytes + prefix.length + packet.length * bytesPerUnit > target.length) return -1;
    end = frame(prefix, packet, target, end);
  }
  return end;
}

/** Frames one packet, for which there must be room, and answers where it ended. */
function frame(prefix: string, packet: string, target: Buffer, at: number): number {
  let payloadAt = at + headerBytes(prefix.length + packet.length);
  const packetBytes = target.write(packet, payloadAt + prefix.length);
  const payloadBytes = prefix.length + packetBytes;
  const rightPlace = at + headerBytes(payloadBytes);
  // Most packets are ASCII. One that is not has more bytes than characters, which may take a longer header.
  if (rightPlace !== payloadAt) {
    payloadAt = rightPlace;
    target.write(packet, payloadAt + prefix.length);
  }
  writeHeader(target, at, payloadBytes);
  for (let index = 0; index < prefix.length; index++) target[payloadAt + index] = prefix.charCodeAt(index);
  return payloadAt + payloadBytes;
}

function writeHeader(bytes: Buffer, at: number, payloadBytes: number): void {
  bytes[at] = finalTextFrame;
  if (payloadBytes < 126) {
    bytes[at + 1] = payloadBytes;
  } else if (payloadBytes < 65_536) {
    bytes[at + 1] = 126;
    bytes.writeUInt16BE(payloadBytes, at + 2);
  } else {
    bytes[at + 1] = 127;
    bytes.writeUInt16BE(0, at + 2);
    bytes.writeUIntBE(payloadBytes, at + 4, 6);
  }
}

/** What ws keeps private and this file needs, as read in ws 8.23.0; where it is missing, nothing is written here. */
type WebSocketInside = {
  readonly _socket?: Socket | null;
  readonly _sender?: { readonly _state?: number };
};

/** The sender's state in which every frame that it was given has been handed to the network socket. */
const senderIsIdle = 0;

/** What became of a write: left to the library; on its way; or more waits than the socket wants to hold. */
export type Written = 'not' | 'flowing' | 'waiting';

/**
 * Writes the chunks, in order, after everything that the websocket was given before. Answers `not`, having written nothing,
 * when that order cannot be promised or the connection is going away: then the library must send them.
 */
export function fastWrite(websocket: WebSocket, chunks: readonly Chunk[]): Written {
  const { _socket: socket, _sender: sender } = websocket as unknown as WebSocketInside;
  if (websocket.readyState !== websocket.OPEN || sender?._state !== senderIsIdle || !socket) return 'not';
  return writeChunks(socket, chunks);
}

/** The same for the socket of an open websocket that the library knows nothing of; `first` leaves before them. */
export function writeChunks(socket: Socket, chunks: readonly Chunk[], first?: Buffer): Written {
  if (!socket.writable) return 'not';
  return writeTogether(socket, chunks, first) ? 'flowing' : 'waiting';
}

/** Bytes that are not changed any more, after everything that the socket was given before. */
export function writeBytes(socket: Socket, bytes: Buffer): void {
  if (isAtRest(socket)) writeAtRest(socket, bytes);
  else socket.write(bytes);
}

/**
 * From now on what is written to the websocket waits, to leave in one write when the function that this answers is called; undefined
 * where there is no socket to hold.
 */
export function holdWrites(websocket: WebSocket): (() => void) | undefined {
  const { _socket: socket } = websocket as unknown as WebSocketInside;
  return socket ? holdSocket(socket) : undefined;
}

/** The same of a socket that is about to be a websocket. */
export function holdSocket(socket: Socket): () => void {
  socket.cork();
  return () => socket.uncork();
}

/**
 * What is put together for one socket is put together here. Mostly the system takes it at once, and the place is free again: a
 * buffer for each write would be much of what a write costs, and so would a gathered write of many pieces. What is larger costs
 * less as that.
 */
const outboxBytes = 32 * 1024;
let outbox = Buffer.allocUnsafeSlow(outboxBytes);

/** Whether the socket wants more. */
function writeTogether(socket: Socket, chunks: readonly Chunk[], first?: Buffer): boolean {
  const isResting = isAtRest(socket);
  const [only] = chunks;
  if (isResting && only !== undefined && chunks.length === 1 && only.isShared && first === undefined) {
    return only.bytes.length === 0 || writeAtRest(socket, only.bytes) !== 'full';
  }
  const end = isResting ? putTogether(chunks, first) : -1;
  if (end === 0) return true;
  if (end > 0) {
    const taken = writeAtRest(socket, outbox.subarray(0, end));
    // What the system has not taken yet stays where it is.
    if (taken !== 'taken') outbox = Buffer.allocUnsafeSlow(outboxBytes);
    return taken !== 'full';
  }
  let isFlowing = true;
  const isSeveral = chunks.length > 1 || first !== undefined;
  if (isSeveral) socket.cork();
  if (first !== undefined) isFlowing = socket.write(first);
  for (const { bytes } of chunks) if (bytes.length > 0) isFlowing = socket.write(bytes);
  if (isSeveral) socket.uncork();
  return isFlowing;
}

/** All of it in the outbox, and where it ends there; -1 where it does not fit. */
function putTogether(chunks: readonly Chunk[], first?: Buffer): number {
  if (first !== undefined && first.length > outboxBytes) return -1;
  let end = first === undefined ? 0 : first.copy(outbox);
  for (const chunk of chunks) {
    end = chunk.writeInto(outbox, end);
    if (end < 0) return end;
  }
  return end;
}
