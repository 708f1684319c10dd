import type { Connection, Direct } from './connection.ts';
import type { Place } from './pids.ts';
import { type Marks, Run } from './run.ts';
import type { Utterance } from './speech.ts';
import type { Strays } from './strays.ts';
import { Chunk, type Packaging } from './transport.ts';

export type FlushOptions = {
  /** Where a client that has heard everything of this turn is in the log. */
  readonly head: () => Place;
  readonly offset: (place: Place) => string;
  /** Above this a reader is spared ephemeral frames; above the other it is let go, to come back and be caught up. */
  readonly softLimitBytes: number;
  readonly hardLimitBytes: number;
  readonly strays?: Strays;
  readonly onError: (error: unknown) => void;
};

/** Makes the packets that tell clients their places in the log; one object, so that a write makes no functions. */
type Markers = Marks & {
  markersBefore(connection: Connection, misleading: NonNullable<Direct['misleading']>): string[];
};

/**
 * One write per connection per turn of the event loop: whatever was said to it in the turn leaves together, in order, with the
 * client's new place in the log as the last packet.
 */
export class Flush {
  readonly #options: FlushOptions;
  readonly #markers: Markers;
  #dirty: Connection[] = [];
  #isScheduled = false;
  /** Readers that were let go because they did not read, and turns in which one was spared ephemeral frames. */
  slowConsumers = 0;
  shedTurns = 0;
  /** Writes to connections, and the packets in them without the place at the end. */
  writes = 0;
  deliveries = 0;

  constructor(options: FlushOptions) {
    this.#options = options;
    this.#markers = {
      markerAt: (packaging, place) => this.#marker(packaging, place),
      markersBefore: (connection, misleading) => this.#markersBefore(connection, misleading),
    };
  }

  /** Adds to what the connection hears this turn. */
  add(connection: Connection, run: Run): void {
    connection.outbox.push(run);
    this.#mark(connection);
  }

  /** Tells the client where it is, even if there is nothing else to say. */
  position(connection: Connection): void {
    this.direct(connection, []);
  }

  /** Adds packets, in a list that is taken over, for this connection alone; what is said to rooms afterwards comes after them. */
  direct(connection: Connection, packets: string[], misleadingWords: readonly string[] = []): void {
    if (connection.isClosed) return;
    const { outbox } = connection;
    const last = outbox.at(-1);
    let item: Direct;
    if (last && !(last instanceof Run)) {
      item = last;
      item.packets.push(...packets);
    } else {
      for (const earlier of outbox) if (earlier instanceof Run) earlier.isSealed = true;
      item = { packets, misleading: undefined };
      outbox.push(item);
      this.#mark(connection);
    }
    if (misleadingWords.length === 0 || !connection.link.canResume) return;
    item.misleading ??= { words: [], place: this.#placeOf(connection) };
    item.misleading.words.push(...misleadingWords);
  }

  /** Writes now what has been said so far; the end of the turn does it by itself. */
  now(): void {
    this.#isScheduled = false;
    const dirty = this.#dirty;
    if (dirty.length === 0) return;
    this.#dirty = [];
    const head = this.#options.head();
    // There are few packagings, and neighbours mostly share one.
    let markedIn: Packaging | undefined;
    let headMarker: string | undefined;
    const told: Run[] = [];
    for (const connection of dirty) {
      connection.isDirty = false;
      for (const item of connection.outbox) {
        if (!(item instanceof Run) || item.isListed) continue;
        item.isListed = true;
        told.push(item);
      }
      if (connection.isClosed) {
        connection.outbox.length = 0;
        continue;
      }
      const { packaging } = connection;
      const isUpToDate = isAtHead(connection);
      let marker: string | undefined;
      if (connection.link.canResume) {
        if (!isUpToDate) marker = this.#marker(packaging, this.#placeOf(connection));
        else {
          if (packaging !== markedIn) {
            markedIn = packaging;
            headMarker = this.#marker(packaging, head);
          }
          marker = headMarker;
        }
      }
      try {
        this.#write(connection, marker, isUpToDate);
      } catch (error) {
        // A bug in what is written ends the connections that would have heard it, and nothing else.
        this.#options.onError(error);
        connection.link.close('broken');
      }
      // Popped, because setting the length leaves compiled code, and this is done for every connection that hears something.
      while (connection.outbox.length > 0) connection.outbox.pop();
    }
    // What was said while this was written may stand in runs that have not been heard by all.
    if (this.#dirty.length === 0) for (const run of told) run.done();
  }

  /** Up to where the connection has heard everything with what is in its outbox now. */
  #placeOf(connection: Connection): Place {
    return isAtHead(connection) ? this.#options.head() : { position: connection.heardUpTo, at: undefined };
  }

  #marker(packaging: Packaging, place: Place): string | undefined {
    return packaging.marker(this.#options.offset(place));
  }

  #mark(connection: Connection): void {
    if (connection.isDirty || connection.isClosed) return;
    connection.isDirty = true;
    this.#dirty.push(connection);
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => this.now());
    }
  }

  /** `isUpToDate`: the marker is the one that everybody gets this turn, so what they get can be shared. */
  #write(connection: Connection, marker: string | undefined, isUpToDate: boolean): void {
    const { link, outbox } = connection;
    const { bufferedBytes } = link;
    if (connection.isLetGo) return;
    if (bufferedBytes > this.#options.hardLimitBytes) {
      connection.isLetGo = true;
      this.slowConsumers++;
      link.close('slowConsumer');
      return;
    }
    const shed = bufferedBytes > this.#options.softLimitBytes;
    if (shed) this.shedTurns++;
    const chunks: Chunk[] = [];
    const only = outbox.length === 1 ? outbox[0] : undefined;
    if (only instanceof Run && (isUpToDate || marker === undefined)) {
      only.isSealed = true;
      only.chunksInto(chunks, connection, shed, marker, this.#markers);
    } else inOrder(chunks, connection, shed, marker, this.#markers);
    if (chunks.length === 0) return;
    this.writes++;
    for (const { packets } of chunks) this.deliveries += packets.length;
    if (marker !== undefined) this.deliveries--;
    link.send(chunks);
  }

  /** The marker that goes before words which a client would take for its place; what they are is noted for when it shows them. */
  #markersBefore({ sessionId, packaging }: Connection, { words, place }: NonNullable<Direct['misleading']>): string[] {
    const marker = this.#marker(packaging, place);
    for (const text of words)
      if (sessionId !== undefined) this.#options.strays?.said(sessionId, text, place, Date.now());
    if (marker === undefined) return [];
    this.deliveries--;
    return [marker];
  }
}

function isAtHead(connection: Connection): boolean {
  return connection.isLive && connection.joinsUnderWay === 0;
}

/**
 * Runs that follow each other are merged into the order in which things were said; what is direct keeps its place. The marker is
 * the last packet, in one chunk with what is direct where that is last as well.
 */
function inOrder(
  chunks: Chunk[],
  connection: Connection,
  shed: boolean,
  marker: string | undefined,
  markers: Markers,
): void {
  const { outbox } = connection;
  for (let index = 0; index < outbox.length; index++) {
    const item = outbox[index] as Run | Direct;
    if (item instanceof Run) {
      let end = index + 1;
      while (outbox[end] instanceof Run) end++;
      if (end > index + 1) merge(connection, outbox.slice(index, end) as Run[], shed, chunks);
      else {
        item.isSealed = true;
        item.chunksInto(chunks, connection, shed, undefined, markers);
      }
      index = end - 1;
      continue;
    }
    const { packets, misleading } = item;
    let all = misleading ? [...markers.markersBefore(connection, misleading), ...packets] : packets;
    if (marker !== undefined && index === outbox.length - 1) all = [...all, marker];
    if (all.length > 0) chunks.push(new Chunk(all, connection.packaging, 'few'));
  }
  if (marker !== undefined && outbox.at(-1) instanceof Run) {
    chunks.push(new Chunk([marker], connection.packaging, 'few'));
  }
}

/** Of several runs each utterance by itself, in the order in which they were said. */
function merge(connection: Connection, runs: readonly Run[], shed: boolean, chunks: Chunk[]): void {
  for (const run of runs) run.isSealed = true;
  if (follow(runs)) {
    for (const run of runs) {
      for (const utterance of run.utterances) add(connection, run, utterance, shed, chunks);
    }
    return;
  }
  const said = runs.flatMap((run) => run.utterances.map((utterance) => ({ run, utterance })));
  said.sort((a, b) => a.utterance.turn - b.utterance.turn);
  for (const { run, utterance } of said) add(connection, run, utterance, shed, chunks);
}

/** Whether each was over before the next one began: of many who come at once, everybody who is there already hears a run each. */
function follow(runs: readonly Run[]): boolean {
  let last = -1;
  for (const { utterances } of runs) {
    const first = utterances[0];
    if (first === undefined) continue;
    if (first.turn < last) return false;
    last = (utterances.at(-1) ?? first).turn;
  }
  return true;
}

function add(connection: Connection, run: Run, utterance: Utterance, shed: boolean, chunks: Chunk[]): void {
  const chunk = utterance.chunk(run.flavour(connection, utterance, shed), connection.packaging);
  if (chunk) chunks.push(chunk);
}
