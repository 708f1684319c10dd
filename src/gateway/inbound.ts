import type { Allowance } from '../app/allowances.ts';
import type { Asker } from '../app/job.ts';
import type { Clock } from '../app/ports.ts';
import type { Answers, SocketRequest, SocketRequestType } from '../core/commands.ts';
import type { Message, Position } from '../core/model.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusals.ts';
import {
  type AnyInbound,
  checkerOf,
  type Dialect,
  type DialectName,
  type Frame,
  type Inbound,
  type Outbound,
} from '../dialects/dialect.ts';
import type { Reply } from './answers.ts';
import type { Connection } from './connection.ts';
import { isHeavier } from './payload-weight.ts';
import { takeEvent, type Verdict } from './rate-limit.ts';
import type { RequestParts } from './request-parts.ts';
import { perform } from './requests.ts';
import { Run } from './run.ts';
import { type Utterance, type Voice, voiceOf } from './speech.ts';
import type { AckToken } from './transport.ts';

/** Which dialect an event of a shared mount belongs to; undefined for unknown names. `lastSpoken`: undefined before the first. */
export type Claim = (event: string, payload: unknown, lastSpoken: DialectName | undefined) => DialectName | undefined;

export type InboundOptions = {
  readonly clock: Clock;
  readonly allowance: Allowance;
  /** What a payload may weigh beside the text of a message. */
  readonly payloadLimitBytes: number;
  /** Called when the connection's voice has changed. */
  readonly onSpoke: (connection: Connection, before: Voice) => void;
  readonly onError: (error: unknown, connection: Connection) => void;
};

type Row = { readonly inbound: AnyInbound; readonly fits: (payload: unknown) => boolean };

/** From a packet to a request: limits, the dialect's table, its schema, and the answer in the dialect's own form. */
export class InboundPackets {
  readonly #parts: RequestParts;
  readonly #reply: Reply;
  readonly #options: InboundOptions;
  readonly #dialects: ReadonlyMap<DialectName, Dialect>;
  readonly #rows: ReadonlyMap<DialectName, ReadonlyMap<string, Row>>;
  readonly #claim: Claim;

  constructor(parts: RequestParts, reply: Reply, dialects: readonly Dialect[], claim: Claim, options: InboundOptions) {
    this.#parts = parts;
    this.#reply = reply;
    this.#options = options;
    this.#claim = claim;
    this.#dialects = new Map(dialects.map((dialect) => [dialect.name, dialect]));
    this.#rows = new Map(dialects.map((dialect) => [dialect.name, compileRows(dialect)]));
  }

  receive(connection: Connection, event: string, payload: unknown, ack: AckToken | undefined): void {
    const { clock, allowance } = this.#options;
    const now = clock.nowMs();
    const verdict = takeEvent(connection, allowance, now);
    if (verdict.is === 'abuse') {
      connection.link.close('abuse');
      return;
    }
    if (verdict.is === 'refused') {
      const dialect = this.#dialectOf(connection, event, payload) ?? connection.lastSpoken;
      this.#refuseTooMany(connection, verdict, dialect, event, ack);
      return;
    }
    connection.activeAt = now;
    const dialect = this.#dialectOf(connection, event, payload);
    const row = dialect && this.#rows.get(dialect.name)?.get(event);
    if (!dialect || !row) {
      this.#reply.refuse(connection, connection.lastSpoken, refuse('UNKNOWN_EVENT'), event, ack);
      return;
    }
    this.#speak(connection, dialect);
    this.#parts.presence.active(connection, now);
    const request = this.#read(connection, row, payload);
    if (isRefusal(request)) this.#reply.refuse(connection, dialect, request, event, ack);
    else this.#perform(connection, dialect, row.inbound, request, event, ack);
  }

  malformed(connection: Connection): void {
    const verdict = takeEvent(connection, this.#options.allowance, this.#options.clock.nowMs());
    if (verdict.is === 'abuse') connection.link.close('abuse');
    else if (verdict.is === 'refused')
      this.#refuseTooMany(connection, verdict, connection.lastSpoken, undefined, undefined);
    else this.#reply.refuse(connection, connection.lastSpoken, refuse('MALFORMED'), undefined, undefined);
  }

  #refuseTooMany(
    connection: Connection,
    { retryAfterMs, saySo }: Extract<Verdict, { is: 'refused' }>,
    dialect: Dialect,
    event: string | undefined,
    ack: AckToken | undefined,
  ): void {
    const message = `Too many events. Try again in ${retryAfterMs} ms.`;
    const refusal = refuse('RATE_LIMITED', { message, retryAfterMs });
    this.#reply.refuse(connection, dialect, refusal, event, ack, saySo);
  }

  #dialectOf(connection: Connection, event: string, payload: unknown): Dialect | undefined {
    const { lastSpoken, hasSpoken } = connection;
    if (lastSpoken.mount !== '/') return lastSpoken;
    const name = this.#claim(event, payload, hasSpoken ? lastSpoken.name : undefined);
    return name && this.#dialects.get(name);
  }

  #speak(connection: Connection, dialect: Dialect): void {
    const before = connection.voice;
    connection.speak(dialect);
    if (connection.voice !== before) this.#options.onSpoke(connection, before);
  }

  #read(connection: Connection, row: Row, payload: unknown): SocketRequest | Refusal {
    const { payloadLimitBytes } = this.#options;
    const isHeavy = isHeavier(payload, payloadLimitBytes);
    if (!row.fits(payload)) return refuse(isHeavy ? 'TOO_LARGE' : 'INVALID');
    const request = row.inbound.read(payload, connection.home);
    if (!isHeavy || isRefusal(request)) return request;
    // The text of a message has a limit of its own, which the core knows; this one is for the rest.
    const textBytes = 'text' in request ? Buffer.byteLength(request.text) : 0;
    return isHeavier(payload, payloadLimitBytes + textBytes) ? refuse('TOO_LARGE') : request;
  }

  #perform<T extends SocketRequestType>(
    connection: Connection,
    dialect: Dialect,
    row: AnyInbound,
    request: Extract<SocketRequest, { type: T }>,
    event: string,
    ack: AckToken | undefined,
  ): void {
    const asked: Asked<T> = { connection, dialect, row: row as unknown as Inbound<T>, request, event, ack };
    perform<T>(this.#parts, connection, request, new Answerer(asked, this.#reply, this.#options));
  }
}

/** A request, and all that its answer needs. */
type Asked<T extends SocketRequestType> = {
  readonly connection: Connection;
  readonly dialect: Dialect;
  readonly row: Inbound<T>;
  readonly request: Extract<SocketRequest, { type: T }>;
  readonly event: string;
  readonly ack: AckToken | undefined;
};

/** Answers one request in its dialect's form. */
class Answerer<T extends SocketRequestType> implements Asker<Answers[T]> {
  readonly asked: Asked<T>;
  readonly reply: Reply;
  readonly options: Pick<InboundOptions, 'clock' | 'onError'>;

  constructor(asked: Asked<T>, reply: Reply, options: Pick<InboundOptions, 'clock' | 'onError'>) {
    this.asked = asked;
    this.reply = reply;
    this.options = options;
  }

  answered(outcome: Answers[T] | Refusal): void {
    const { connection, dialect, row, request, event, ack } = this.asked;
    if (isRefusal(outcome)) {
      this.reply.refuse(connection, dialect, outcome, event, ack);
      return;
    }
    const isRepeat = 'isRepeat' in outcome && outcome.isRepeat === true && 'message' in outcome;
    const { asHeard } = row;
    if (asHeard !== undefined && 'message' in outcome && !isRepeat) {
      const text = aboutToHear(connection, outcome.message.id)?.textAs(voiceOf[dialect.name], asHeard.event);
      if (text !== undefined) {
        this.reply.answerAsHeard(connection, asHeard.answer, text, ack);
        return;
      }
    }
    const answered = row.answer(outcome, request, this.options.clock.nowMs());
    if (!isRepeat || ack !== undefined) this.reply.answer(connection, answered, ack);
    else {
      const again = heardAgain(dialect, outcome.message as Message);
      this.reply.answer(connection, { ...answered, frames: [...again, ...answered.frames] }, ack);
    }
  }

  earlier(messages: readonly Message[]): void {
    const { connection, row } = this.asked;
    this.reply.frames(connection, row.earlier?.(messages) ?? []);
  }

  failed(error: unknown): void {
    const { connection, dialect, event, ack } = this.asked;
    this.options.onError(error, connection);
    this.reply.refuse(connection, dialect, refuse('UNAVAILABLE', { retryAfterMs: 1000 }), event, ack);
  }
}

/** What was said there, where it leaves for this connection with this turn. */
function aboutToHear({ outbox }: Connection, position: Position): Utterance | undefined {
  for (const item of outbox) {
    const utterance = item instanceof Run ? item.at(position) : undefined;
    if (utterance !== undefined) return utterance;
  }
  return undefined;
}

/** A message said before under the same clientMessageId, as this connection would have heard it then. */
function heardAgain(dialect: Dialect, message: Message): Frame[] {
  const rows = dialect.outbound.MessageSent;
  if (rows === 'silent') return [];
  const { conversationId, sender } = message;
  const event = { type: 'MessageSent', conversationId, message, actorId: sender.id } as const;
  return (rows as readonly Outbound<'MessageSent'>[])
    .filter((row) => row.to === 'joined' || row.to === 'members')
    .flatMap((row) => {
      const payload = row.write({ event, at: message.at, position: message.id });
      return payload === undefined ? [] : [{ name: row.name, payload }];
    });
}

function compileRows(dialect: Dialect): ReadonlyMap<string, Row> {
  return new Map(
    Object.entries(dialect.inbound).map(([event, row]) => [event, { inbound: row, fits: checkerOf(row) }]),
  );
}
