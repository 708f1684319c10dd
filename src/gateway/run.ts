import type { User, UserId } from '../core/model.ts';
import type { Place } from './pids.ts';
import { type Flavour, relations, type Utterance, type Voice } from './speech.ts';
import { Chunk, type Packaging } from './transport.ts';

/** A cut inside one buffer can repeat what lies between two markers to a client that does not look at ids. */
const markerEvery = 20;

/** What decides how a run sounds to a connection. */
export type Listener = { readonly voice: Voice; readonly user: User; readonly packaging: Packaging };

/**
 * What one set of listeners hears in one turn, in order. All who get the same packets share one chunk.
 */
export class Run {
  readonly utterances: Utterance[] = [];
  /** Which listeners there were when it began. */
  readonly generation: number;
  /** How its listeners stand to it. */
  readonly #relation: number;
  /** Nothing may be added: somebody has been told something else after it. */
  isSealed = false;
  /** It is on the list of those to be let go when the turn is over. */
  isListed = false;
  #peculiarVoices: Voice = 0;
  #peculiarTo: Map<UserId, Voice> | undefined;
  #chunks: Map<string | number, Chunk | undefined> | undefined;
  /** What was asked for last: mostly all who hear the run get the same. */
  #lastKey: string | number | undefined;
  #lastChunk: Chunk | undefined;

  constructor(relation: number, generation: number) {
    this.#relation = relation;
    this.generation = generation;
  }

  add(utterance: Utterance): void {
    this.utterances.push(utterance);
    this.#lastKey = undefined;
    this.#chunks = undefined;
    const voices = utterance.rows.personalVoices;
    if (voices === 0) return;
    this.#peculiarVoices |= voices;
    this.#peculiarTo ??= new Map();
    for (const userId of utterance.peculiarTo) {
      this.#peculiarTo.set(userId, (this.#peculiarTo.get(userId) ?? 0) | voices);
    }
  }

  /** Everybody has been told: what was said and its bytes are needed no more, but whoever said it may keep the run. */
  done(): void {
    this.isSealed = true;
    this.utterances.length = 0;
    this.#chunks = undefined;
    this.#lastKey = undefined;
    this.#lastChunk = undefined;
    this.#peculiarTo = undefined;
  }

  /** The flavour in which a connection gets one utterance of this run. */
  flavour(connection: Listener, utterance: Utterance, shed: boolean): Flavour {
    const flavour = connection.voice | this.#relation | (shed ? relations.shed : 0);
    if ((utterance.rows.personalVoices & connection.voice) === 0) return flavour;
    return flavour | utterance.relationsTo(connection.user.id);
  }

  /**
   * The whole run as one connection gets it, with the marker at its end if there is one, and others on the way where it is long;
   * undefined when it hears nothing of it. The marker must be the same for all who share the run.
   */
  chunk(
    connection: Listener,
    shed: boolean,
    marker: string | undefined,
    markerAt?: (place: Place) => string | undefined,
  ): Chunk | undefined {
    const { voice, user, packaging } = connection;
    const isPeculiar = (this.#peculiarVoices & voice) !== 0 && ((this.#peculiarTo?.get(user.id) ?? 0) & voice) !== 0;
    const flavour = (voice << 2) | (shed ? 2 : 0) | (marker === undefined ? 0 : 1);
    const key = isPeculiar ? `${flavour} ${user.id}` : flavour;
    if (key === this.#lastKey) return this.#lastChunk;
    if (this.#chunks?.has(key)) return this.#keep(key, this.#chunks.get(key));
    const packets: string[] = [];
    let unmarked = 0;
    for (const utterance of this.utterances) {
      utterance.packetsInto(packets, this.flavour(connection, utterance, shed));
      const { position, at } = utterance.heard;
      if (marker === undefined || position === undefined || ++unmarked < markerEvery) continue;
      const between = markerAt?.({ position, at });
      if (between !== undefined && utterance !== this.utterances.at(-1)) packets.push(between);
      unmarked = 0;
    }
    if (packets.length > 0 && marker !== undefined) packets.push(marker);
    return this.#keep(key, packets.length > 0 ? new Chunk(packets, packaging) : undefined);
  }

  #keep(key: string | number, chunk: Chunk | undefined): Chunk | undefined {
    if (this.#lastKey !== undefined) {
      this.#chunks ??= new Map();
      this.#chunks.set(this.#lastKey, this.#lastChunk);
    }
    this.#lastKey = key;
    this.#lastChunk = chunk;
    return chunk;
  }
}
