import type { EventType } from '../core/events.ts';
import { eventPolicy } from '../core/events.ts';
import type { UserId } from '../core/model.ts';
import type { Audience, Dialect, DialectName, Frame, Heard, Outbound } from '../dialects/dialect.ts';
import { Chunk, type Packaging } from './transport.ts';

/**
 * What an event sounds like to whom. The dialects' tables are compiled once into rows; each row of an event is written at most
 * once, whoever hears it, and its bytes are shared.
 */

/** Which dialects a connection hears, a bit each. */
export type Voice = number;
/** The bit of each dialect. */
export const voiceOf: { readonly [D in DialectName]: Voice } = {
  kenz: 1 << 0,
  support: 1 << 1,
  direct: 1 << 2,
  messaging: 1 << 3,
  rooms: 1 << 4,
};
/** Has spoken no dialect yet, and hears what a silent listener of the shared namespace may expect. */
export const silentVoice: Voice = 1 << 5;
/** Hears nothing at all. */
export const muteVoice: Voice = 0;

/** How a connection stands to an event, a bit each, above the voice's bits. */
export const relations = {
  joined: 1 << 8,
  member: 1 << 9,
  actor: 1 << 10,
  party: 1 << 11,
  subject: 1 << 12,
  acquaintance: 1 << 13,
  /** Reads slowly, and is spared what is not worth keeping. */
  shed: 1 << 14,
} as const;

/** Voice and relations together: all that decides which bytes a connection gets for an event. */
export type Flavour = number;

function hears(audience: Audience, flavour: Flavour): boolean {
  const is = (relation: number) => (flavour & relation) !== 0;
  switch (audience) {
    case 'joined':
      return is(relations.joined);
    case 'joinedOthers':
      return is(relations.joined) && !is(relations.actor);
    case 'joinedAndActor':
      return is(relations.joined) || is(relations.actor);
    case 'members':
      return is(relations.member);
    case 'otherMembers':
      return is(relations.member) && !is(relations.actor);
    case 'joinedAndParties':
      return is(relations.joined) || is(relations.party);
    case 'user':
      return is(relations.subject);
    case 'acquaintances':
      return is(relations.acquaintance);
  }
}

/**
 * Among whom the hub looks for an audience, and whether it differs from user to user beyond who has joined and who is a member.
 * Where `members` are looked through, an audience may reach beyond those who have joined.
 */
const audiences: {
  readonly [A in Audience]: {
    readonly among: 'joined' | 'members' | 'user' | 'acquaintances';
    readonly isPersonal: boolean;
  };
} = {
  joined: { among: 'joined', isPersonal: false },
  joinedOthers: { among: 'joined', isPersonal: true },
  joinedAndActor: { among: 'members', isPersonal: true },
  joinedAndParties: { among: 'members', isPersonal: true },
  members: { among: 'members', isPersonal: false },
  otherMembers: { among: 'members', isPersonal: true },
  user: { among: 'user', isPersonal: false },
  acquaintances: { among: 'acquaintances', isPersonal: false },
};

type Row = {
  readonly voice: Voice;
  readonly to: Audience;
  readonly name: string;
  readonly packaging: Packaging;
  write(heard: Heard): Frame['payload'] | undefined;
};

type Rows = {
  readonly rows: readonly Row[];
  /** Voices for which frames differ by user. */
  readonly personalVoices: Voice;
  /** Voices that hear it without having joined. */
  readonly memberVoices: Voice;
  readonly acquaintanceVoices: Voice;
};

/** The outbound tables of all dialects, compiled once, by the event that they are about. */
export class Speech {
  readonly #byType: ReadonlyMap<EventType, Rows>;
  /** Voices that hear some event of a conversation without having joined it. */
  readonly memberVoices: Voice;

  /** Each dialect comes with the packaging of the mount it is spoken on. */
  constructor(dialects: readonly { readonly dialect: Dialect; readonly packaging: Packaging }[]) {
    const types = Object.keys(eventPolicy) as EventType[];
    this.#byType = new Map(types.map((type) => [type, compile(type, dialects)]));
    this.memberVoices = [...this.#byType.values()].reduce((voices, rows) => voices | rows.memberVoices, 0);
  }

  rowsOf(type: EventType): Rows {
    const rows = this.#byType.get(type);
    if (!rows) throw new Error(`No dialect table speaks of ${type}.`);
    return rows;
  }
}

function compile(
  type: EventType,
  dialects: readonly { readonly dialect: Dialect; readonly packaging: Packaging }[],
): Rows {
  const rows: Row[] = [];
  for (const { dialect, packaging } of dialects) {
    const table = dialect.outbound[type];
    if (table === 'silent') continue;
    for (const row of table as readonly Outbound[]) {
      const voice = voiceOf[dialect.name] | (row.forSilentListeners ? silentVoice : 0);
      // The mapped type of the tables pairs rows with their events; a row only ever meets its own.
      const write = row.write as (heard: Heard) => Frame['payload'] | undefined;
      rows.push({ voice, to: row.to, name: row.name, packaging, write: (heard) => write.call(row, heard) });
    }
  }
  const voicesWhere = (isMeant: (audience: (typeof audiences)[Audience]) => boolean) =>
    rows.reduce((voices, row) => (isMeant(audiences[row.to]) ? voices | row.voice : voices), 0);
  return {
    rows,
    personalVoices: voicesWhere(({ isPersonal }) => isPersonal),
    memberVoices: voicesWhere(({ among }) => among === 'members'),
    acquaintanceVoices: voicesWhere(({ among }) => among === 'acquaintances'),
  };
}

const noPackets: readonly string[] = [];

/** One flavour that was asked for, and the one before it: there are few, and a list that grows keeps room for many. */
type Known = { readonly flavour: Flavour; readonly chunk: Chunk | undefined; readonly earlier: Known | undefined };

/** One event on its way out on this node. */
export class Utterance {
  readonly heard: Heard;
  /** The order in which things are said on this node; entries in log order. */
  readonly turn: number;
  readonly isEphemeral: boolean;
  readonly rows: Rows;
  /** Whose doing it is. */
  readonly #actorId: UserId | undefined;
  readonly #packets: (string | null | undefined)[];
  /** The payloads that were asked for by themselves. */
  #texts: (string | undefined)[] | undefined;
  #known: Known | undefined;

  constructor(heard: Heard, turn: number, speech: Speech) {
    this.heard = heard;
    this.turn = turn;
    this.isEphemeral = eventPolicy[heard.event.type] === 'ephemeral';
    this.rows = speech.rowsOf(heard.event.type);
    this.#actorId = 'actorId' in heard.event ? heard.event.actorId : undefined;
    this.#packets = new Array(this.rows.rows.length);
  }

  /** The event's own relations to a user, for voices for which they matter. */
  relationsTo(userId: UserId): number {
    const { event } = this.heard;
    let relation = 0;
    if (this.#actorId === userId) relation |= relations.actor;
    if (event.type === 'StatusChanged' && (event.clientId === userId || event.adminId === userId)) {
      relation |= relations.party;
    }
    return relation;
  }

  /** Adds the users for whom this may sound different than for the others. */
  personalInto(users: Set<UserId>): void {
    const { event } = this.heard;
    if (this.#actorId !== undefined) users.add(this.#actorId);
    if (event.type !== 'StatusChanged') return;
    users.add(event.clientId);
    if (event.adminId !== undefined) users.add(event.adminId);
  }

  /** Appends the packets that this flavour gets. */
  packetsInto(packets: string[], flavour: Flavour): void {
    const { length } = this.rows.rows;
    for (let index = 0; index < length; index++) {
      const packet = this.#packetFor(flavour, index);
      if (packet !== null) packets.push(packet);
    }
  }

  /** The packets of this flavour as one chunk; undefined when it hears nothing of this. */
  chunk(flavour: Flavour, packaging: Packaging): Chunk | undefined {
    for (let known = this.#known; known; known = known.earlier) if (known.flavour === flavour) return known.chunk;
    const { length } = this.rows.rows;
    let packets: readonly string[] = noPackets;
    for (let index = 0; index < length; index++) {
      const packet = this.#packetFor(flavour, index);
      if (packet !== null) packets = packets === noPackets ? [packet] : [...packets, packet];
    }
    const chunk = packets === noPackets ? undefined : new Chunk(packets, packaging, 'few');
    this.#known = { flavour, chunk, earlier: this.#known };
    return chunk;
  }

  /** The JSON of what an event of this name says to those who speak with this voice; undefined where that is nothing. */
  textAs(voice: Voice, name: string): string | undefined {
    const { rows } = this.rows;
    const index = rows.findIndex((row) => row.name === name && (row.voice & voice) !== 0);
    const row = rows[index];
    const text = row && this.#textOf(row, index);
    if (text !== undefined) {
      this.#texts ??= new Array(rows.length);
      this.#texts[index] = text;
    }
    return text;
  }

  #textOf(row: Row, index: number): string | undefined {
    const known = this.#texts?.[index];
    if (known !== undefined) return known;
    const payload = row.write(this.heard);
    return payload === undefined ? undefined : JSON.stringify(payload);
  }

  /** What a row says to this flavour; null where that is nothing. */
  #packetFor(flavour: Flavour, index: number): string | null {
    const row = this.rows.rows[index] as Row;
    if ((row.voice & flavour) === 0 || !hears(row.to, flavour)) return null;
    if (this.isEphemeral && (flavour & relations.shed) !== 0) return null;
    const known = this.#packets[index];
    if (known !== undefined) return known;
    const text = this.#textOf(row, index);
    const packet = text === undefined ? null : row.packaging.packet(row.name, text);
    this.#packets[index] = packet;
    return packet;
  }
}
