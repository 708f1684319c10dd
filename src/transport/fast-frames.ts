import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/**
 * The one place where frames are read past ws: all sockets read into one buffer, and a whole text frame is unmasked and handed
 * over where it lies, without a stream, a receiver and a buffer of its own. Everything else (fragments, control frames, binary and
 * large ones, whatever is not sound or not yet there) goes to ws as if this file were not there, and nothing overtakes what ws is
 * still busy with. Of a websocket that has no objects of ws yet, pings and pongs are heard here as well.
 */

/** Who hears the text frames of one websocket. */
export interface TextListener {
  /** With the meanings of ws. */
  readonly readyState: WebSocket['readyState'];
  /** The websocket of ws, where there is one yet. */
  readonly library: WebSocket | undefined;
  /** A whole text, which was valid UTF-8. Never throws. */
  hearText(text: string): void;
  /** What those without {@link library} have: it is needed from now on. */
  needLibrary?(): void;
  hearPong?(): void;
  /** Whether it was answered: otherwise ws does it. */
  answerPing?(content: Uint8Array): boolean;
}

/** What ws keeps private and this file needs, as read in ws 8.23.0. */
type Receiver = {
  readonly writableLength: number;
  readonly _state: number;
  readonly _bufferedBytes: number;
  readonly _fragmented: number;
  readonly _maxPayload: number;
};
type WebSocketInside = { readonly _socket?: Socket | null; readonly _receiver?: Receiver };

/** What the sockets of Node 20 to 24 do for the public option `onread`, which cannot be given to sockets that a server accepted. */
type Handle = { useUserBuffer?(buffer: Buffer): unknown };
type FrameSocket = Socket & {
  readonly _handle?: Handle | null;
  textListener?: TextListener;
  /** What a text may have; larger ones are left to ws. */
  textLimitBytes?: number;
  /** ws was seen to have nothing in hand, and was given nothing since. */
  isPastWs?: boolean;
  [key: symbol]: unknown;
};

const openState = 1;
const receiverIsBetweenFrames = 0;
const wholeText = 0x81;
const ping = 0x89;
const pong = 0x8a;
const controlLimitBytes = 125;
const masked = 0x80;

const inbox = Buffer.allocUnsafeSlow(64 * 1024);
/** Larger texts are left to ws. */
const unmasked = Buffer.allocUnsafeSlow(16 * 1024);

/**
 * From now on `listener` is handed the text frames of this socket, which is its websocket's. What ws itself emits must reach it too.
 * False where that cannot be. `maxPayload` is what ws was given.
 */
export function readFrames(listener: TextListener, netSocket: Socket, maxPayload = 0): boolean {
  const socket = netSocket as FrameSocket;
  const { _handle: handle } = socket;
  const readInto = handle?.useUserBuffer;
  if (typeof readInto !== 'function') return false;
  if (socket.textListener !== undefined) {
    socket.textListener = listener;
    socket.isPastWs = false;
    return true;
  }
  keys ??= findKeys(socket);
  if (keys === undefined) return false;
  const { bufferKey, callbackKey } = keys;
  // Somebody else's buffer, or a Node that does it otherwise.
  if (socket[bufferKey] !== null) return false;
  socket.textListener = listener;
  socket.textLimitBytes = maxPayload > 0 ? Math.min(maxPayload, unmasked.length) : unmasked.length;
  socket.isPastWs = false;
  socket[bufferKey] = inbox;
  socket[callbackKey] = readInbox;
  readInto.call(handle, inbox);
  return true;
}

/** The same for a websocket of ws. */
export function readFramesOf(websocket: WebSocket, listener: TextListener): void {
  const { _socket: socket, _receiver: receiver } = websocket as unknown as WebSocketInside;
  if (socket) readFrames(listener, socket, receiver?._maxPayload);
}

/** Who was handed the text frames of this socket last. */
export function textListenerOf(socket: Socket): TextListener | undefined {
  return (socket as FrameSocket).textListener;
}

/** The same two for all sockets. */
let keys: ReturnType<typeof findKeys>;

function findKeys(socket: Socket): { readonly bufferKey: symbol; readonly callbackKey: symbol } | undefined {
  const names = Object.getOwnPropertySymbols(socket);
  const bufferKey = names.find(({ description }) => description === 'kBuffer');
  const callbackKey = names.find(({ description }) => description === 'kBufferCb');
  return bufferKey && callbackKey && { bufferKey, callbackKey };
}

/** Node's callback: so many bytes have come into the inbox. Answers false when the socket shall stop reading. */
function readInbox(this: FrameSocket, byteCount: number): boolean {
  const { textListener: listener, textLimitBytes = 0 } = this;
  let at = 0;
  // Each thing that is looked at has to be fetched from far away. A socket that reads is flowing, so the first frame needs no more.
  let isKnownClear = this.isPastWs === true && listener?.readyState === openState;
  while (listener !== undefined && at < byteCount && (isKnownClear || isClear(this, listener))) {
    const end = readFrame(listener, at, byteCount, textLimitBytes);
    if (end === at) break;
    at = end;
    isKnownClear = false;
  }
  this.isPastWs = at === byteCount;
  if (at === byteCount) return true;
  if (listener?.library === undefined && listener?.readyState === openState) listener.needLibrary?.();
  return this.push(Buffer.from(inbox.subarray(at, byteCount)));
}

/** Has ws nothing in hand, so that what comes next begins a frame and may be heard at once? */
function isClear(socket: Socket, listener: TextListener): boolean {
  if (listener.readyState !== openState || socket.readableFlowing !== true || socket.readableLength !== 0) return false;
  const { library } = listener;
  if (library === undefined) return true;
  const receiver = (library as unknown as WebSocketInside)._receiver;
  return (
    receiver !== undefined &&
    receiver._state === receiverIsBetweenFrames &&
    receiver._bufferedBytes === 0 &&
    receiver._fragmented === 0 &&
    receiver.writableLength === 0
  );
}

/** Where the frame ended that was heard; `at` when there is none that can be heard here. */
function readFrame(listener: TextListener, at: number, limit: number, textLimitBytes: number): number {
  if (limit - at < 6) return at;
  if (inbox[at] !== wholeText) return listener.library === undefined ? readControl(listener, at, limit) : at;
  let length = (inbox[at + 1] as number) - masked;
  let start = at + 2;
  if (length < 0 || length === 127) return at;
  if (length === 126) {
    length = inbox.readUInt16BE(start);
    start += 2;
  }
  const end = start + 4 + length;
  if (end > limit || length > textLimitBytes) return at;
  const isAscii = unmask(start, length);
  if (!isAscii && !isUtf8(unmasked.subarray(0, length))) return at;
  listener.hearText(unmasked.toString(isAscii ? 'latin1' : 'utf8', 0, length));
  return end;
}

/** The same for pings and pongs. */
function readControl(listener: TextListener, at: number, limit: number): number {
  const length = (inbox[at + 1] as number) - masked;
  const end = at + 6 + length;
  if (length < 0 || length > controlLimitBytes || end > limit) return at;
  if (inbox[at] === pong) {
    listener.hearPong?.();
    return end;
  }
  if (inbox[at] !== ping) return at;
  unmask(at + 2, length);
  return listener.answerPing?.(unmasked.subarray(0, length)) ? end : at;
}

/** What a ping is answered with. */
export function pongFrame(content: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(pong, content.length), content]);
}

/** Whether there is nothing but ASCII. The inbox stays as it is: ws may still be asked to read it. */
function unmask(maskAt: number, length: number): boolean {
  const from = maskAt + 4;
  let bits = 0;
  for (let index = 0; index < length; index++) {
    const byte = (inbox[from + index] as number) ^ (inbox[maskAt + (index & 3)] as number);
    unmasked[index] = byte;
    bits |= byte;
  }
  return bits < 0x80;
}
