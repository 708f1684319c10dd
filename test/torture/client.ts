import { untold } from './quotes.ts';
import { emojiIndexOf } from './reactions.ts';
import { type Heard, keyOf, type Record, Said, talkerOf, turnOf } from './record.ts';
import { deleted } from './revisions.ts';
import type { Answered, Reacted } from './speech.ts';
import type { Wire } from './wire.ts';

/** What all clients of a run share. */
export type World = {
  readonly record: Record;
  /** Names of conversations; the record counts them from 0. */
  readonly conversations: readonly string[];
  /** The conversation in which messages are edited and deleted. */
  readonly revised: number;
  /** Whole milliseconds since the run began, never 0. */
  now(): number;
  token(userId: string): string;
  /** As `index` of a client. */
  userIndex(userId: string): number;
};

export type ClientParts = {
  readonly world: World;
  /** Counts users and talkers from 0. */
  readonly index: number;
  readonly name: string;
  readonly userId: string;
  /** Through which it reaches the servers. */
  readonly wire: Wire;
  readonly listensIn: readonly number[];
  readonly talksIn: readonly number[];
  /** Bytes of padding in what it says. */
  readonly padding: number;
};

/** The key stands at the beginning of every text, with the reading where it was edited. */
export function textOf(key: number, padding: number, reading = 0): string {
  const name = reading === 0 ? key.toString(36) : `${key.toString(36)}.${reading}`;
  return `#${name} ${'lorem ipsum '.repeat(Math.ceil(padding / 12)).slice(0, padding)}`;
}

/** The key is 0 for a text that nobody here says. */
export function readText(text: string): { readonly key: number; readonly reading: number } {
  const [, key = '', reading = '0'] = /^#([0-9a-z]+)(?:\.([0-9]+))? /.exec(text) ?? [];
  return { key: Number.parseInt(key, 36) || 0, reading: Number(reading) };
}

const unanswered = 0;
/** Where a client can answer messages it does so every so many turns, and looks no further back. */
const answersEvery = 2;
const answersBack = 13;

/** One user with one connection at a time, who says things until they are answered and writes down what is heard. */
export abstract class Client {
  readonly parts: ClientParts;
  readonly said = new Said();
  readonly heard: Heard;
  /** Turns that were not answered yet. */
  readonly outstanding = new Set<number>();
  protected readonly world: World;
  /** Counts connections from 1. */
  protected connection = 0;
  #nextTalk = 0;

  constructor(parts: ClientParts, heard: Heard) {
    this.parts = parts;
    this.world = parts.world;
    this.heard = heard;
    parts.world.record.said[parts.index] = this.said;
    parts.world.record.heard.push(heard);
  }

  abstract get canSpeak(): boolean;
  /** Loses its connection without a word, as an engine does that closes. */
  abstract cut(): void;
  /** Goes for good. */
  abstract close(): void;
  /** Puts it on the wire; what comes of it is told by `answer`. `replyToId` is 0 where it answers none. */
  protected abstract utter(
    turn: number,
    conversation: string,
    text: string,
    clientMessageId: string,
    replyToId: number,
  ): void;

  /** Can it say what a message answers? */
  protected get canAnswer(): boolean {
    return false;
  }

  /** The node that it is connected to, counted from 1; 0 where that is not sure. */
  get nodeOr0(): number {
    const { surelyFrom } = this.parts.wire;
    return surelyFrom === undefined ? 0 : surelyFrom + 1;
  }

  /** Says something new in the next of its conversations. */
  say(): void {
    const { talksIn } = this.parts;
    const conversation = talksIn[this.#nextTalk++ % talksIn.length];
    if (conversation === undefined) return;
    const turn = this.said.length;
    this.said.conversations.push(conversation);
    this.said.firstSentAt.push(this.world.now());
    this.said.answeredAt.push(unanswered);
    this.said.ids.push(0);
    this.said.attempts.push(0);
    this.said.connections.push(this.connection);
    const answers = conversation === this.world.revised && this.canAnswer && turn % answersEvery === 0;
    this.said.repliesTo.push(answers ? this.heardBack(conversation, turn % answersBack) : 0);
    this.said.mayBeBare.push(0);
    this.outstanding.add(turn);
    this.attempt(turn);
  }

  protected attempt(turn: number): void {
    if (!this.canSpeak || !this.outstanding.has(turn)) return;
    this.said.attempts.set(turn, this.said.attempts.at(turn) + 1);
    const key = keyOf(this.parts.index, turn);
    const conversation = this.world.conversations[this.said.conversations.at(turn)] as string;
    const replyToId = this.said.mayBeBare.at(turn) === 1 ? 0 : this.said.repliesTo.at(turn);
    this.utter(turn, conversation, textOf(key, this.parts.padding), key.toString(36), replyToId);
  }

  /** After a refusal: what is deleted is not answered any more. */
  protected giveUpAnswering(turn: number): void {
    if (this.world.record.beingDeleted.has(this.said.repliesTo.at(turn))) this.said.mayBeBare.set(turn, 1);
  }

  /** After a cut nobody knows what arrived. */
  protected attemptAll(): void {
    for (const turn of this.outstanding) this.attempt(turn);
  }

  protected attemptLater(turn: number, afterMs: number): void {
    const { connection } = this;
    setTimeout(() => {
      // A later connection has tried it again by itself.
      if (connection === this.connection) this.attempt(turn);
    }, afterMs);
  }

  protected answer(turn: number, id: number): void {
    if (!Number.isSafeInteger(id) || id <= 0) {
      this.heard.objections.push(`an answer without an id`);
      return;
    }
    this.outstanding.delete(turn);
    if (this.said.answeredAt.at(turn) === unanswered) {
      this.said.answeredAt.set(turn, this.world.now());
      this.said.ids.set(turn, id);
      this.said.answeredBy.set(turn, this.nodeOr0);
    } else if (this.said.ids.at(turn) !== id) this.said.otherAnswers.push({ turn, id });
  }

  /** Returns the turn when the message is the client's own. */
  protected hear(conversationName: string, id: number, text: string, answers?: Answered): number | undefined {
    const conversation = this.world.conversations.indexOf(conversationName);
    const { key, reading } = readText(text);
    if (conversation < 0 || !Number.isSafeInteger(id) || key === 0) {
      this.heard.objections.push(`message ${id} in ${conversationName}: ${text.slice(0, 40)}`);
      return undefined;
    }
    this.heard.add(conversation, id, key, this.world.now());
    if (conversation === this.world.revised) {
      this.#tell(id, reading, true);
      if (answers) this.#hearQuote(id, answers);
    } else if (reading > 0) this.heard.objections.push(`an edited text in ${conversationName}: ${text.slice(0, 40)}`);
    return talkerOf(key) === this.parts.index ? turnOf(key) : undefined;
  }

  /** Hears of an edit, or, without a text, of a deletion. */
  protected hearRevision(conversationName: string, id: number, text: string | undefined): void {
    const { key, reading } = text === undefined ? { key: undefined, reading: deleted } : readText(text);
    const isRevised = this.world.conversations[this.world.revised] === conversationName;
    if (!isRevised || !Number.isSafeInteger(id) || key === 0) {
      this.heard.objections.push(`of message ${id} in ${conversationName}: ${text?.slice(0, 40) ?? 'deleted'}`);
    } else this.#tell(id, reading, false);
  }

  #hearQuote(messageId: number, { id: replyToId, text }: Answered): void {
    const isQuoted = text !== undefined && text !== 'untold';
    const { key, reading } = isQuoted ? readText(text) : { key: 0, reading: text === undefined ? deleted : untold };
    this.heard.quotings.add({ messageId, replyToId, key, reading });
    if (isQuoted) this.#tell(replyToId, reading, true);
  }

  protected hearReaction({ conversation, id, userId, emoji: word, isSet }: Reacted): void {
    const { heard, world } = this;
    const [user, emoji] = [world.userIndex(userId), emojiIndexOf(word)];
    const isRevised = world.conversations[world.revised] === conversation;
    if (!isRevised || !Number.isSafeInteger(id) || user < 0 || emoji < 0) {
      heard.objections.push(`reaction ${word.slice(0, 20)} of ${userId} to message ${id} in ${conversation}`);
      return;
    }
    const { connects, reactionTellings, tellings } = heard;
    reactionTellings.add({ user, messageId: id, emoji }, isSet, connects.length - 1, tellings.length);
  }

  #tell(id: number, reading: number, isMessage: boolean): void {
    this.heard.tellings.add(id, reading, this.heard.connects.length - 1, isMessage);
  }

  /** The newest id heard in a conversation, looking back only a little; 0 when there is none. */
  newestIn(conversation: number): number {
    return this.heardBack(conversation, 0);
  }

  /** The id heard in a conversation so many before the newest, looking back only a little; 0 when there is none. */
  heardBack(conversation: number, before: number): number {
    const { ids, conversations } = this.heard;
    let passed = 0;
    for (let at = ids.length - 1; at >= 0 && at > ids.length - 400; at--) {
      if (conversations.at(at) === conversation && passed++ === before) return ids.at(at);
    }
    return 0;
  }
}
