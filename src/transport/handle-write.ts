import type { Socket } from 'node:net';

/**
 * The one place that goes past Node's streams: bytes that the system takes at once are handed to it at once, without what a stream
 * keeps of each write. Where that cannot be, or Node's inside is another, the stream writes them.
 */

/** What Node 20 to 26 keep private and this file needs. */
type Handle = { writeBuffer?(request: WriteRequest, bytes: Uint8Array): number };
type WriteRequest = {
  oncomplete?: (this: WriteRequest, status: number) => void;
  /** What has to stay as it is until the request is complete, and whose it is. */
  bytes?: Uint8Array;
  socket?: HandledSocket;
};
type StreamWrap = {
  readonly WriteWrap: new () => WriteRequest;
  readonly streamBaseState: ArrayLike<number>;
  readonly kLastWriteWasAsync: number;
};
type HandledSocket = Socket & {
  readonly _handle?: Handle | null;
  /** Something that was written here waits in the system's queue. */
  hasUnwritten?: boolean;
};

/** Larger ones count as waiting where the system does not take them, which only the stream does. */
const limitBytes = 64 * 1024;

const streamWrap = findStreamWrap();
/** Used again and again: a request is only kept where the system did not take everything at once. */
let request = streamWrap && new streamWrap.WriteWrap();

function findStreamWrap(): StreamWrap | undefined {
  const { noDeprecation } = process;
  try {
    // An operator can do nothing about the warning, and where `--throw-deprecation` makes it an error, it would end the server.
    process.noDeprecation = true;
    const { binding } = process as unknown as { binding?(this: unknown, name: string): Partial<StreamWrap> };
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = binding?.call(process, 'stream_wrap') ?? {};
    const isKnown = WriteWrap !== undefined && streamBaseState !== undefined && kLastWriteWasAsync !== undefined;
    return isKnown ? { WriteWrap, streamBaseState, kLastWriteWasAsync } : undefined;
  } catch {
    return undefined;
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

/** Does the system take at once what is written now? Not where something waits, nor what is encrypted first. */
export function isAtRest(socket: Socket): boolean {
  return (
    socket.writableLength === 0 &&
    socket.writableCorked === 0 &&
    !(socket as HandledSocket).hasUnwritten &&
    !('encrypted' in socket)
  );
}

/** What became of bytes: the system has them; they wait, and must not be changed; or the socket holds more than it wants to. */
export type Taken = 'taken' | 'held' | 'full';

/** Writes to a socket that is at rest. */
export function writeAtRest(socket: Socket, bytes: Uint8Array): Taken {
  const { _handle: handle } = socket as HandledSocket;
  if (streamWrap && request && bytes.length <= limitBytes && handle?.writeBuffer !== undefined) {
    // What could not be written at all has left no trace: the stream meets the same error, and ends the socket.
    if (handle.writeBuffer(request, bytes) === 0) {
      if (streamWrap.streamBaseState[streamWrap.kLastWriteWasAsync] === 0) return 'taken';
      request.bytes = bytes;
      request.socket = socket;
      request.oncomplete = complete;
      (socket as HandledSocket).hasUnwritten = true;
      request = new streamWrap.WriteWrap();
      return 'held';
    }
  }
  const isFlowing = socket.write(bytes);
  return !isFlowing ? 'full' : socket.writableLength > 0 ? 'held' : 'taken';
}

function complete(this: WriteRequest, status: number): void {
  const { socket } = this;
  if (!socket) return;
  socket.hasUnwritten = false;
  if (status < 0 && !socket.destroyed) socket.destroy(new Error(`The system could not write: ${status}.`));
}
