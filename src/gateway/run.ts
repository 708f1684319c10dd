import type { User, UserId } from '../core/model.ts';
import { type Flavour, relations, type Utterance, type Voice } from './speech.ts';
import { Chunk, type Packaging } from './transport.ts';

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
  #peculiarVoices: Voice = 0;
  readonly #peculiarTo = new Map<UserId, Voice>();
  readonly #chunks = new Map<string | number, Chunk | undefined>();

  constructor(relation: number, generation: number) {
    this.#relation = relation;
    this.generation = generation;
  }

  add(utterance: Utterance): void {
    this.utterances.push(utterance);
    this.#chunks.clear();
    const voices = utterance.rows.personalVoices;
    if (voices === 0) return;
    this.#peculiarVoices |= voices;
    for (const userId of utterance.peculiarTo) {
      this.#peculiarTo.set(userId, (this.#peculiarTo.get(userId) ?? 0) | voices);
    }
  }

  /** The flavour in which a connection gets one utterance of this run. */
  flavour(connection: Listener, utterance: Utterance, shed: boolean): Flavour {
    const flavour = connection.voice | this.#relation | (shed ? relations.shed : 0);
    if ((utterance.rows.personalVoices & connection.voice) === 0) return flavour;
    return flavour | utterance.relationsTo(connection.user.id);
  }

  /**
   * The whole run as one connection gets it, with the marker at its end if there is one; undefined when it hears nothing of it.
   */
  chunk(connection: Listener, shed: boolean, marker: string | undefined): Chunk | undefined {
    const { voice, user, packaging } = connection;
    const isPeculiar = (this.#peculiarVoices & voice) !== 0 && ((this.#peculiarTo.get(user.id) ?? 0) & voice) !== 0;
    const flavour = (voice << 2) | (shed ? 2 : 0) | (marker === undefined ? 0 : 1);
    const key = isPeculiar ? `${flavour} ${user.id}` : flavour;
    const known = this.#chunks.get(key);
    if (known || this.#chunks.has(key)) return known;
    const packets: string[] = [];
    for (const utterance of this.utterances) {
      utterance.packetsInto(packets, this.flavour(connection, utterance, shed));
    }
    if (packets.length > 0 && marker !== undefined) packets.push(marker);
    const chunk = packets.length > 0 ? new Chunk(packets, packaging) : undefined;
    this.#chunks.set(key, chunk);
    return chunk;
  }
}
