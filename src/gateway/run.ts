import type { Position, User, UserId } from '../core/model.ts';
import type { Place } from './pids.ts';
import { type Flavour, relations, type Utterance, type Voice } from './speech.ts';
import { Chunk, type Packaging } from './transport.ts';

/** A cut inside one buffer can repeat what lies between two markers to a client that does not look at ids. */
const markerEvery = 20;
const noMarkers: readonly undefined[] = [];
const noUtterances: Utterance[] = [];

/** The packet that tells a client that it has come so far. */
export type Marks = { markerAt(packaging: Packaging, place: Place): string | undefined };

/** What decides how a run sounds to a connection. */
export type Listener = { readonly voice: Voice; readonly user: User; readonly packaging: Packaging };

/**
 * What one set of listeners hears in one turn, in order. All who get the same packets share one chunk.
 */
export class Run {
  utterances: Utterance[] = [];
  /** Which listeners there were when it began. */
  generation: number;
  /** How its listeners stand to it. */
  readonly #relation: number;
  /** Nothing may be added: somebody has been told something else after it. */
  isSealed = false;
  /** It is on the list of those to be let go when the turn is over. */
  isListed = false;
  /** All have been told, and it is in nobody's outbox. */
  #isDone = false;
  #personalVoices: Voice = 0;
  /** Those to whom something in it may sound different than to the others. */
  #personalTo: Set<UserId> | undefined;
  #chunks: Map<number, Chunk | undefined> | undefined;
  /** What was asked for last: mostly all who hear the run get the same. */
  #lastKey: number | undefined;
  #lastChunk: Chunk | undefined;

  constructor(relation: number, generation: number) {
    this.#relation = relation;
    this.generation = generation;
  }

  /** Begins again for the same kind of listeners, if all were told what was said before. False where it may be in some outbox. */
  again(generation: number): boolean {
    if (!this.#isDone) return false;
    this.#isDone = false;
    this.isSealed = false;
    this.isListed = false;
    this.#personalVoices = 0;
    this.generation = generation;
    return true;
  }

  add(utterance: Utterance): void {
    // Mostly there is one, and a list that grows keeps room for many.
    if (this.utterances.length === 0) this.utterances = [utterance];
    else this.utterances.push(utterance);
    this.#lastKey = undefined;
    this.#chunks = undefined;
    const voices = utterance.rows.personalVoices;
    if (voices === 0) return;
    this.#personalVoices |= voices;
    this.#personalTo ??= new Set();
    utterance.personalInto(this.#personalTo);
  }

  /** What was said at this place in the log, if it is in this run. */
  at(position: Position): Utterance | undefined {
    const { utterances } = this;
    for (let index = utterances.length - 1; index >= 0; index--) {
      const utterance = utterances[index] as Utterance;
      if (utterance.heard.position === position) return utterance;
    }
    return undefined;
  }

  /** Everybody has been told: what was said and its bytes are needed no more, but whoever said it may keep the run. */
  done(): void {
    this.isSealed = true;
    this.#isDone = true;
    this.utterances = noUtterances;
    this.#chunks = undefined;
    this.#lastKey = undefined;
    this.#lastChunk = undefined;
    this.#personalTo = undefined;
  }

  /** The flavour in which a connection gets one utterance of this run. */
  flavour(connection: Listener, utterance: Utterance, shed: boolean): Flavour {
    const flavour = connection.voice | this.#relation | (shed ? relations.shed : 0);
    if ((utterance.rows.personalVoices & connection.voice) === 0) return flavour;
    return flavour | utterance.relationsTo(connection.user.id);
  }

  /**
   * Appends the whole run as one connection gets it, with the marker at its end if there is one, and others on the way where it is
   * long; nothing when it hears nothing of it. The marker must be the same for all who share the run.
   */
  chunksInto(chunks: Chunk[], connection: Listener, shed: boolean, marker: string | undefined, marks: Marks): void {
    const { voice, user } = connection;
    if ((this.#personalVoices & voice) !== 0 && this.#personalTo?.has(user.id)) {
      this.#eachInto(chunks, connection, shed, marker, marks);
      return;
    }
    const key = (voice << 2) | (shed ? 2 : 0) | (marker === undefined ? 0 : 1);
    let chunk = this.#lastChunk;
    if (key !== this.#lastKey) {
      const isKnown = this.#chunks?.has(key);
      chunk = this.#keep(key, isKnown ? this.#chunks?.get(key) : this.#whole(connection, shed, marker, marks));
    }
    if (chunk) chunks.push(chunk);
  }

  /** In one piece, as everybody of a voice gets it but those in {@link #personalTo}. */
  #whole(connection: Listener, shed: boolean, marker: string | undefined, marks: Marks): Chunk | undefined {
    const packets: string[] = [];
    const between = this.#markersBetween(marker, marks, connection.packaging);
    for (let index = 0; index < this.utterances.length; index++) {
      const utterance = this.utterances[index] as Utterance;
      utterance.packetsInto(packets, this.flavour(connection, utterance, shed));
      const after = between[index];
      if (after !== undefined) packets.push(after);
    }
    if (packets.length > 0 && marker !== undefined) packets.push(marker);
    return packets.length > 0 ? new Chunk(packets, connection.packaging) : undefined;
  }

  /** The same utterance by utterance: each is shared with those to whom it sounds the same. */
  #eachInto(chunks: Chunk[], connection: Listener, shed: boolean, marker: string | undefined, marks: Marks): void {
    const { packaging } = connection;
    const { utterances } = this;
    const between = this.#markersBetween(marker, marks, packaging);
    const before = chunks.length;
    for (let index = 0; index < utterances.length; index++) {
      const utterance = utterances[index] as Utterance;
      const chunk = utterance.chunk(this.flavour(connection, utterance, shed), packaging);
      if (chunk) chunks.push(chunk);
      const after = between[index];
      if (after !== undefined) chunks.push(new Chunk([after], packaging, 'few'));
    }
    if (chunks.length > before && marker !== undefined) chunks.push(new Chunk([marker], packaging, 'few'));
  }

  /** The markers inside a long run, by the index of the utterance that they follow. */
  #markersBetween(marker: string | undefined, marks: Marks, packaging: Packaging): readonly (string | undefined)[] {
    const { utterances } = this;
    if (marker === undefined || utterances.length <= markerEvery) return noMarkers;
    const markers: (string | undefined)[] = [];
    let unmarked = 0;
    for (const { heard } of utterances) {
      const { position, at } = heard;
      const isDue = position !== undefined && ++unmarked === markerEvery && markers.length < utterances.length - 1;
      markers.push(isDue ? marks.markerAt(packaging, { position, at }) : undefined);
      if (unmarked === markerEvery) unmarked = 0;
    }
    return markers;
  }

  #keep(key: number, chunk: Chunk | undefined): Chunk | undefined {
    if (this.#lastKey !== undefined) {
      this.#chunks ??= new Map();
      this.#chunks.set(this.#lastKey, this.#lastChunk);
    }
    this.#lastKey = key;
    this.#lastChunk = chunk;
    return chunk;
  }
}
