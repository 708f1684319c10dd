import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Chunk } from '../gateway/transport.ts';

/**
 * The one place that goes past the socket libraries: it frames packets itself and writes them to the network socket of an
 * open, idle websocket. Everything else is left to the libraries.
 */

const finalTextFrame = 0x81;

/** Up to this size chunks are copied into one buffer, which costs less than a gathered write; above it the copy costs more. */
const copyLimitBytes = 4096;

const headerBytes = (payloadBytes: number): number => (payloadBytes < 126 ? 2 : payloadBytes < 65_536 ? 4 : 10);

/**
 * One unmasked, uncompressed websocket text frame a packet, one after the other, in one buffer. `prefix` is ASCII and stands
 * before each packet, inside its frame.
 */
export function framed(prefix: string, packets: readonly string[]): Buffer {
  const lengths: number[] = [];
  let totalBytes = 0;
  for (const packet of packets) {
    const payloadBytes = prefix.length + Buffer.byteLength(packet);
    lengths.push(payloadBytes);
    totalBytes += headerBytes(payloadBytes) + payloadBytes;
  }
  const bytes = Buffer.allocUnsafe(totalBytes);
  let at = 0;
  for (const [index, packet] of packets.entries()) {
    at = writeHeader(bytes, at, lengths[index] ?? 0);
    if (prefix !== '') at += bytes.write(prefix, at, 'latin1');
    at += bytes.write(packet, at);
  }
  return bytes;
}

function writeHeader(bytes: Buffer, at: number, payloadBytes: number): number {
  bytes[at] = finalTextFrame;
  if (payloadBytes < 126) {
    bytes[at + 1] = payloadBytes;
    return at + 2;
  }
  if (payloadBytes < 65_536) {
    bytes[at + 1] = 126;
    return bytes.writeUInt16BE(payloadBytes, at + 2);
  }
  bytes[at + 1] = 127;
  bytes.writeUInt16BE(0, at + 2);
  return bytes.writeUIntBE(payloadBytes, at + 4, 6);
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
  if (websocket.readyState !== websocket.OPEN || sender?._state !== senderIsIdle || !socket?.writable) return 'not';
  return writeTogether(socket, chunks) ? 'flowing' : 'waiting';
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

/** Whether the socket wants more. */
function writeTogether(socket: Socket, chunks: readonly Chunk[]): boolean {
  const only = chunks[0];
  if (only === undefined) return true;
  if (chunks.length === 1) {
    return only.bytes.length === 0 || socket.write(only.bytes);
  }
  let totalBytes = 0;
  for (const chunk of chunks) totalBytes += chunk.bytes.length;
  if (totalBytes === 0) return true;
  if (totalBytes <= copyLimitBytes) {
    const together = Buffer.allocUnsafe(totalBytes);
    let at = 0;
    for (const chunk of chunks) {
      together.set(chunk.bytes, at);
      at += chunk.bytes.length;
    }
    return socket.write(together);
  }
  socket.cork();
  let isFlowing = true;
  for (const chunk of chunks) isFlowing = socket.write(chunk.bytes);
  socket.uncork();
  return isFlowing;
}
