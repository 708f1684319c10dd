import type { Entry } from '../core/events.ts';
import type { Message, Position, User } from '../core/model.ts';

/** So many neighbours share their bytes, and are let go of together. */
const blockEntries = 256;
const leastBytes = 16 * 1024;
/** UTF-8 bytes of one UTF-16 unit at the most. */
const bytesPerUnit = 3;
/** How much is kept as it was read: a storm of clients that come back asks for the same ones. */
const readLimit = { entries: 10_000, bytes: 8_000_000 } as const;

/**
 * What is known of neighbours, by their place among them. The bytes of most are a message's text alone, and the rest of it stands
 * beside them in columns, of numbers and of what is kept elsewhere as well; of all others they are the entry's JSON.
 */
type Block = {
  bytes: Buffer;
  used: number;
  /** How many entries are still in it. */
  count: number;
  readonly starts: Uint32Array;
  /** 0 where there is none. */
  readonly ends: Uint32Array;
  /** Of a message; undefined where there is another entry. */
  readonly senders: (User | undefined)[];
  readonly receiverIds: (string | undefined)[];
  readonly clientMessageIds: (string | undefined)[];
  readonly ats: Float64Array;
  readonly ordinals: Float64Array;
};

/**
 * Entries by position, as bytes: many thousands of them lie beside the heap, where the garbage collector, which would carry each
 * of their objects about, has no work with them. They are made again when somebody asks.
 */
export class EntryTexts {
  readonly #blocks = new Map<number, Block>();
  readonly #read = new Map<Position, Entry>();
  #readBytes = 0;
  /** Those that are not any more as they were put, as they are now: few, and each may be again and again. */
  readonly #revised = new Map<Position, Entry>();
  /** Of all blocks and of what was revised. */
  #bytes = 0;
  /** Where the last one was put: mostly the next one follows it. */
  #last: Block | undefined;
  #lastNumber = -1;

  /** About how much memory all that is kept takes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps an entry at a position at which none is kept. */
  put(entry: Entry): void {
    const { position } = entry;
    const block = this.#blockFor(Math.floor(position / blockEntries));
    const place = position % blockEntries;
    const message = plainMessageOf(entry);
    const text = message ? message.text : JSON.stringify(entry);
    block.count++;
    const bytesBefore = block.bytes.length;
    makeRoom(block, text);
    this.#bytes += block.bytes.length - bytesBefore;
    // A byte before it, so that the end of nothing at all is no 0.
    block.starts[place] = ++block.used;
    block.used += block.bytes.write(text, block.used);
    block.ends[place] = block.used;
    block.senders[place] = message?.sender;
    if (!message) return;
    block.receiverIds[place] = message.receiverId;
    block.clientMessageIds[place] = message.clientMessageId;
    block.ats[place] = message.at;
    block.ordinals[place] = message.ordinal;
  }

  /** Keeps an entry in the place of what was kept at its position, of which nothing is left. */
  replace(entry: Entry): void {
    const { position } = entry;
    this.#forgetRead(position);
    this.#forgetRevised(position);
    this.#revised.set(position, entry);
    this.#bytes += bytesOf(entry);
    const block = this.#blocks.get(Math.floor(position / blockEntries));
    const place = position % blockEntries;
    block?.bytes.fill(0, block.starts[place], block.ends[place]);
  }

  /** `topicId`: of the topic that the entry belongs to. */
  get(position: Position, topicId: string): Entry | undefined {
    const known = this.#revised.get(position) ?? this.#read.get(position);
    if (known !== undefined) return known;
    const block = this.#blocks.get(Math.floor(position / blockEntries));
    const entry = block && entryIn(block, position, topicId);
    if (!entry) return undefined;
    this.#read.set(position, entry);
    this.#readBytes += this.#bytesAt(position);
    for (const oldest of this.#read.keys()) {
      if (this.#read.size <= readLimit.entries && this.#readBytes <= readLimit.bytes) break;
      this.#forgetRead(oldest);
    }
    return entry;
  }

  delete(position: Position): void {
    if (this.#read.size > 0) this.#forgetRead(position);
    if (this.#revised.size > 0) this.#forgetRevised(position);
    const number = Math.floor(position / blockEntries);
    const block = this.#blocks.get(number);
    const place = position % blockEntries;
    if (!block || block.ends[place] === 0) return;
    block.ends[place] = 0;
    if (--block.count > 0) return;
    this.#bytes -= block.bytes.length;
    this.#blocks.delete(number);
    if (number === this.#lastNumber) this.#lastNumber = -1;
  }

  #bytesAt(position: Position): number {
    const block = this.#blocks.get(Math.floor(position / blockEntries));
    const place = position % blockEntries;
    return block === undefined ? 0 : (block.ends[place] ?? 0) - (block.starts[place] ?? 0);
  }

  #forgetRead(position: Position): void {
    if (this.#read.delete(position)) this.#readBytes -= this.#bytesAt(position);
  }

  #forgetRevised(position: Position): void {
    const revised = this.#revised.get(position);
    if (revised === undefined) return;
    this.#revised.delete(position);
    this.#bytes -= bytesOf(revised);
  }

  #blockFor(number: number): Block {
    if (number === this.#lastNumber && this.#last) return this.#last;
    let block = this.#blocks.get(number);
    if (!block) {
      // As much as the one before it took, and a little.
      block = emptyBlock(Math.max(leastBytes, Math.ceil((this.#last?.used ?? 0) * 1.1)));
      this.#blocks.set(number, block);
      this.#bytes += block.bytes.length;
    }
    this.#last = block;
    this.#lastNumber = number;
    return block;
  }
}

const bytesOf = (entry: Entry): number => JSON.stringify(entry).length;

function emptyBlock(bytes: number): Block {
  return {
    bytes: Buffer.allocUnsafeSlow(bytes),
    used: 0,
    count: 0,
    starts: new Uint32Array(blockEntries),
    ends: new Uint32Array(blockEntries),
    senders: [],
    receiverIds: [],
    clientMessageIds: [],
    ats: new Float64Array(blockEntries),
    ordinals: new Float64Array(blockEntries),
  };
}

/** The message of an entry that says nothing but what the columns hold. */
function plainMessageOf({ position, at, event }: Entry): Message | undefined {
  if (event.type !== 'MessageSent') return undefined;
  const { message, conversationId, actorId } = event;
  const { receiverId, clientMessageId } = message;
  const isOfOnePiece =
    message.id === position &&
    message.at === at &&
    message.sender.id === actorId &&
    message.conversationId === conversationId;
  // Id, conversation, ordinal, sender, text, time: whatever else a message may have one day makes it more than that.
  const fields = 6 + (receiverId === undefined ? 0 : 1) + (clientMessageId === undefined ? 0 : 1);
  if (!isOfOnePiece || Object.keys(message).length !== fields) return undefined;
  // As UTF-8 a lone surrogate would be another character.
  return message.text.isWellFormed() ? message : undefined;
}

function entryIn(block: Block, position: Position, topicId: string): Entry | undefined {
  const place = position % blockEntries;
  const end = block.ends[place] ?? 0;
  if (end === 0) return undefined;
  const text = block.bytes.toString('utf8', block.starts[place], end);
  const sender = block.senders[place];
  if (sender === undefined) return JSON.parse(text) as Entry;
  const at = block.ats[place] ?? 0;
  const ordinal = block.ordinals[place] ?? 0;
  const receiverId = block.receiverIds[place];
  const clientMessageId = block.clientMessageIds[place];
  const message: Message = {
    ...{ id: position, conversationId: topicId, ordinal, sender, text, at },
    ...(receiverId === undefined ? {} : { receiverId }),
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
  };
  return { position, at, event: { type: 'MessageSent', conversationId: topicId, message, actorId: sender.id } };
}

function makeRoom(block: Block, text: string): void {
  const { bytes, used } = block;
  if (used + 1 + text.length * bytesPerUnit <= bytes.length) return;
  const needed = used + 1 + Buffer.byteLength(text);
  if (needed <= bytes.length) return;
  block.bytes = Buffer.allocUnsafeSlow(Math.max(needed, 2 * bytes.length));
  bytes.copy(block.bytes, 0, 0, used);
}
