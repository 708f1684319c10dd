import type { PlantedBug } from './planted-bugs.ts';
import { Random } from './random.ts';
import type { Tamper } from './wire.ts';

/** Faults of a server that loses, repeats or reorders what it says, planted between it and its clients. */

/** One frame in about so many is changed: of those that tell messages, and of those that tell what became of them. */
const oneIn = 400;
const othersIn = 20;
const marksIn = 2;
const heldIn = 5;

/** What to do to the frames of one connection; undefined where nothing is planted. */
export function tamperFor(bugs: readonly PlantedBug[], seed: number): (() => Tamper) | undefined {
  const random = new Random(seed);
  const making = bugs.flatMap((bug) => changes[bug] ?? []);
  if (making.length === 0) return undefined;
  return () => {
    const planted = making.map((make) => make(random));
    return new Frames((frame, kind) =>
      planted.reduce<readonly Buffer[]>((frames, change) => frames.flatMap((one) => change(one, kind)), [frame]),
    );
  };
}

/** Makes what a bug does to one connection. */
type MakeChange = (random: Random) => Change;

const dropping =
  (dropped: Kind, inSoMany: number): MakeChange =>
  (random) =>
  (frame, kind) =>
    kind === dropped && random.between(1, inSoMany) === 1 ? [] : [frame];

const changes: { readonly [B in PlantedBug]?: MakeChange } = {
  'drop-an-entry': dropping('message', oneIn),
  'drop-a-revision': dropping('revision', othersIn),
  'drop-a-reaction': dropping('reaction', othersIn),
  'drop-a-read-mark': dropping('mark', marksIn),
  'publish-twice': (random) => (frame, kind) =>
    random.between(1, kind === 'message' ? oneIn : othersIn) === 1 ? [frame, frame] : [frame],
  'tell-an-edit-early': (random) => {
    const held = new Map<string, Buffer>();
    return (frame, kind) => {
      const key = /#([0-9a-z]+)[. ]/.exec(frame.toString('latin1'))?.[1] ?? '';
      const message = held.get(key);
      if (message) {
        held.delete(key);
        return [frame, message];
      }
      if (kind !== 'message' || random.between(1, heldIn) > 1) return [frame];
      held.set(key, frame);
      return [];
    };
  },
  'swap-two-entries': (random) => {
    let held: Buffer | undefined;
    return (frame, kind) => {
      if (kind !== 'message') return [frame];
      if (held !== undefined) {
        const swapped = [frame, held];
        held = undefined;
        return swapped;
      }
      if (random.between(1, oneIn) > 1) return [frame];
      held = frame;
      return [];
    };
  },
};

const endOfHead = Buffer.from('\r\n\r\n');
const kinds = {
  message: /^(42(\/chat,)?\["(receive_message|new_message|newMessage)"|\{"type":"chat_message")/,
  revision:
    /^42(\/chat,)?\["(receive_edit|receive_deletion|message_edited|message_deleted|messageEdited|messageDeleted)"/,
  mark: /^42(\/chat,)?\["(messageRead|messagesRead)"/,
  reaction: /^42(\/chat,)?\["(receive_reaction|message_reaction|messageReaction)"/,
} as const;

type Kind = keyof typeof kinds;
type Change = (frame: Buffer, kind: Kind) => readonly Buffer[];

function kindOf(beginning: string): Kind | undefined {
  for (const [kind, form] of Object.entries(kinds)) if (form.test(beginning)) return kind as Kind;
  return undefined;
}

/** Cuts what a server says over a WebSocket into frames and hands on those that tell messages, or what became of them. */
class Frames implements Tamper {
  readonly #change: Change;
  #pending: Buffer = Buffer.alloc(0);
  #isWebSocket: boolean | undefined;
  #isPastHead = false;

  constructor(change: Change) {
    this.#change = change;
  }

  change(chunk: Buffer): Buffer {
    this.#isWebSocket ??= chunk.subarray(0, 12).toString('latin1') === 'HTTP/1.1 101';
    if (!this.#isWebSocket) return chunk;
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const out: Buffer[] = [];
    if (!this.#isPastHead) {
      const end = this.#pending.indexOf(endOfHead);
      if (end < 0) return Buffer.alloc(0);
      this.#isPastHead = true;
      out.push(this.#take(end + endOfHead.length));
    }
    for (let length = frameLength(this.#pending); length !== undefined; length = frameLength(this.#pending)) {
      const { head, whole } = length;
      const frame = this.#take(whole);
      const beginning = frame.toString('latin1', head, head + 40);
      const kind = kindOf(beginning);
      out.push(...(kind ? this.#change(frame, kind) : [frame]));
    }
    return Buffer.concat(out);
  }

  #take(length: number): Buffer {
    const taken = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return taken;
  }
}

/** Undefined while the frame is not all there. Servers do not mask. */
function frameLength(buffer: Buffer): { readonly head: number; readonly whole: number } | undefined {
  if (buffer.length < 2) return undefined;
  const short = (buffer[1] as number) & 0x7f;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (buffer.length < head) return undefined;
  const payload = short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
  return buffer.length < head + payload ? undefined : { head, whole: head + payload };
}
