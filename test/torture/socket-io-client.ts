import { io, type Socket } from 'socket.io-client';
import { Client, type ClientParts, readText } from './client.ts';
import { Heard, type ListenerRule } from './record.ts';
import { type Frame, isFrame, type SocketDialect, type Speech, speeches } from './speech.ts';
import type { Moment } from './stays.ts';

type Events = { [event: string]: (...args: unknown[]) => void };

/** What the library keeps private: the place in the log that it shows when it comes back. */
type Inside = { readonly _lastOffset?: unknown };

export type SocketIoParts = ClientParts & {
  readonly dialect: SocketDialect;
  readonly transport: 'websocket' | 'polling';
  readonly rule: ListenerRule;
  /** How long it stays away at least, about, and at most. */
  readonly comesBackMs: readonly [number, number];
};

const tryAgainMs = 150;
const reviseWithinMs = 8_000;
/** Of words that were said several times within so long nobody can tell which it was that a client took for its place. */
const confusionMs = 20_000;

/** An unmodified socket.io-client that connects, joins and listens; coming back is left to the library and the server. */
export class SocketIoClient extends Client {
  readonly #socket: Socket<Events, Events>;
  readonly #speech: Speech;
  readonly #unjoined: Set<number>;
  #offsetShown: unknown;
  /** Places that it was told, with the time, the newest last. */
  readonly #told: { readonly position: number; readonly at: number }[] = [];
  /** When it began to connect. */
  #since: number;
  #hasEnded = false;

  constructor(parts: SocketIoParts) {
    const speech = speeches[parts.dialect];
    const followsMarks = speech.hearsMarks?.follows ?? 'no';
    const joins = speech.join !== undefined;
    super(parts, new Heard(parts.name, parts.rule, { user: parts.index, joins, followsRevisions: true, followsMarks }));
    this.#since = parts.world.now();
    this.#speech = speech;
    this.#unjoined = new Set(this.#speech.join && parts.rule !== 'wanderer' ? parts.listensIn : []);
    const [reconnectionDelay, reconnectionDelayMax] = parts.comesBackMs;
    this.#socket = io(`http://127.0.0.1:${parts.wire.port}${this.#speech.namespace}`, {
      forceNew: true,
      transports: [parts.transport],
      auth: { token: parts.world.token(parts.userId) },
      reconnectionDelay,
      reconnectionDelayMax,
      timeout: 8_000,
    });
    this.#listen();
  }

  get canSpeak(): boolean {
    return this.#socket.connected;
  }

  cut(): void {
    (this.#socket.io.engine as { close(): void } | undefined)?.close();
  }

  close(): void {
    this.#hasEnded = true;
    this.#socket.close();
  }

  /** Marks the newest message that it has heard, and writes it down when that is answered. */
  markRead(conversation: number): void {
    const messageId = this.newestIn(conversation);
    const name = this.world.conversations[conversation];
    if (!this.#speech.markRead || messageId === 0 || name === undefined || !this.canSpeak) return;
    const { event, payload } = this.#speech.markRead(name, messageId);
    this.#socket.emit(event, payload, (answer: unknown) => {
      if (isRefusal(answer)) return;
      const { record } = this.world;
      record.marks.push({ user: this.parts.index, conversation, messageId, answeredAt: this.world.now() });
    });
  }

  /**
   * Asks for an edit of its own message, or, without a text, for its deletion. Answers with the node that did it, as `nodeOr0`;
   * undefined when it was refused, or when nobody knows what became of it.
   */
  async revise(conversation: string, messageId: number, text: string | undefined): Promise<number | undefined> {
    const { revising } = this.#speech;
    const { event, payload } =
      text === undefined ? revising.delete(conversation, messageId) : revising.edit(conversation, messageId, text);
    const answer: unknown = await this.#socket.timeout(reviseWithinMs).emitWithAck(event, payload);
    if (isRefusal(answer) || !isFrame(answer)) return undefined;
    if (text !== undefined && readText(revising.readEdit(answer).text).reading !== readText(text).reading) {
      this.heard.objections.push(
        `an edit of ${messageId} that was answered with ${JSON.stringify(answer).slice(0, 80)}`,
      );
    }
    return this.nodeOr0;
  }

  /** Asks for a reaction, or takes it back; false when it was refused. Rejects when nobody knows what became of it. */
  async react(conversation: string, messageId: number, emoji: string, isSet: boolean): Promise<boolean> {
    const { event, payload } = this.#speech.reacting.react(conversation, messageId, emoji, isSet);
    return !isRefusal(await this.#socket.timeout(reviseWithinMs).emitWithAck(event, payload));
  }

  get moment(): Moment {
    const { connects, ids } = this.heard;
    return { at: this.world.now(), connection: connects.length - 1, heardBefore: ids.length };
  }

  /** Joins or leaves. `onAnswer` runs before anything is heard that comes after the answer; false when there was none, or a refusal. */
  move(what: 'join' | 'leave', conversation: string, onAnswer: () => void): Promise<boolean> {
    const emission = this.#speech[what]?.(conversation);
    if (!emission) throw new Error(`Nobody can ${what} in this dialect.`);
    return new Promise((resolve) => {
      this.#socket
        .timeout(reviseWithinMs)
        .emit(emission.event, emission.payload, (error: Error | null, answer: unknown) => {
          const isDone = !error && !isRefusal(answer);
          if (isDone) onAnswer();
          resolve(isDone);
        });
    });
  }

  protected override get canAnswer(): boolean {
    return this.#speech.answers;
  }

  protected utter(turn: number, conversation: string, text: string, clientMessageId: string, replyToId: number): void {
    const { event, payload } = this.#speech.send(conversation, text, clientMessageId, replyToId);
    this.#socket.emit(event, payload, (answer: unknown) => {
      const retryAfterMs = retryAfter(answer);
      if (retryAfterMs === undefined && isFrame(answer)) this.answer(turn, this.#speech.answeredId(answer));
      else {
        this.giveUpAnswering(turn);
        this.attemptLater(turn, retryAfterMs ?? tryAgainMs);
      }
    });
  }

  #listen(): void {
    const socket = this.#socket;
    const { record } = this.world;
    socket.on('connect', () => {
      this.connection++;
      const from = positionOf(this.#offsetShown) ?? this.#placeBeforeWords();
      this.heard.connects.push({
        heardBefore: this.heard.ids.length,
        at: this.world.now(),
        from: this.connection === 1 ? undefined : from,
        isContinued: socket.recovered,
        since: this.#since,
        node: this.nodeOr0,
      });
      if (!this.#speech.join) this.#listensTo(this.parts.listensIn);
      for (const conversation of this.#unjoined) this.#join(conversation);
      this.attemptAll();
    });
    socket.io.on('reconnect_attempt', () => {
      this.#since = this.world.now();
    });
    socket.on('disconnect', (reason) => {
      this.#offsetShown = (socket as unknown as Inside)._lastOffset;
      // The library waits for its application to come back from this one.
      if (reason === 'io server disconnect') this.#connectAgain();
    });
    socket.on('connect_error', () => {
      if (!socket.active) this.#connectAgain();
    });
    socket.on(this.#speech.heard, (frame: unknown, ...more: unknown[]) => {
      if (!isFrame(frame) || more.length > 0) {
        this.heard.objections.push(`${this.#speech.heard} with ${1 + more.length} arguments`);
        return;
      }
      const { conversation, id, text, answers } = this.#speech.message(frame);
      this.hear(conversation, id, text, answers);
    });
    const { revising } = this.#speech;
    socket.on(revising.edited, (frame: unknown) => {
      const { conversation, id, text } = revising.readEdit(isFrame(frame) ? frame : {});
      this.hearRevision(conversation, id, text);
    });
    socket.on(revising.deleted, (frame: unknown) => {
      const { conversation, id } = revising.readDeletion(isFrame(frame) ? frame : {});
      this.hearRevision(conversation, id, undefined);
    });
    const { reacting } = this.#speech;
    socket.on(reacting.heard, (frame: unknown) => this.hearReaction(reacting.read(isFrame(frame) ? frame : {})));
    socket.on('position', (offset: unknown) => {
      const position = positionOf(offset);
      if (position === undefined) return;
      const at = this.world.now();
      this.#told.push({ position, at });
      while ((this.#told[1]?.at ?? at) < at - confusionMs) this.#told.shift();
    });
    const { hearsMarks } = this.#speech;
    if (hearsMarks) {
      socket.on(hearsMarks.heard, (frame: unknown) => {
        const { conversation, userId, messageId } = hearsMarks.read(isFrame(frame) ? frame : {});
        if (!Number.isSafeInteger(messageId)) this.heard.objections.push(`a read mark of ${userId} up to ${messageId}`);
        record.cursors.push({
          listener: this.parts.name,
          reader: this.world.userIndex(userId),
          conversation: this.world.conversations.indexOf(conversation),
          messageId,
          connection: this.connection,
        });
      });
    }
  }

  /** It shows words that it took for its place: it goes on at one that it was told before them, and hears again what came since. */
  #placeBeforeWords(): number | undefined {
    return typeof this.#offsetShown === 'string' ? this.#told[0]?.position : undefined;
  }

  #connectAgain(): void {
    setTimeout(() => {
      if (this.#hasEnded) return;
      this.#since = this.world.now();
      this.#socket.connect();
    }, tryAgainMs);
  }

  #join(conversation: number): void {
    const name = this.world.conversations[conversation];
    if (!this.#speech.join || name === undefined || !this.#unjoined.has(conversation)) return;
    const { event, payload } = this.#speech.join(name);
    const { connection } = this;
    this.#socket.emit(event, payload, (answer: unknown) => {
      if (!isRefusal(answer)) {
        this.#unjoined.delete(conversation);
        this.#listensTo([conversation]);
      } else {
        setTimeout(() => {
          if (this.connection === connection && this.canSpeak) this.#join(conversation);
        }, tryAgainMs);
      }
    });
  }

  #listensTo(conversations: readonly number[]): void {
    const { listensSince } = this.heard;
    for (const one of conversations) if (!listensSince.has(one)) listensSince.set(one, this.world.now());
  }
}

function isRefusal(answer: unknown): boolean {
  return isFrame(answer) && answer.event === 'error';
}

/** Undefined when it is no refusal. */
function retryAfter(answer: unknown): number | undefined {
  if (!isFrame(answer) || answer.event !== 'error') return undefined;
  const { data } = answer as { readonly data?: Frame | string };
  const ms = isFrame(data) ? data.retryAfterMs : undefined;
  return typeof ms === 'number' ? Math.min(ms, 1000) : tryAgainMs;
}

/** What stands behind the first point of an offset: a place in the log. */
function positionOf(offset: unknown): number | undefined {
  const digits = typeof offset === 'string' ? /^[^.]+\.(\d+)(\.|$)/.exec(offset)?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits);
}
