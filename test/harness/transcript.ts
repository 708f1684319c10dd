import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'vitest';
import type { DialectName } from '../../src/dialects/dialect.ts';
import { type Client, type Dialling, dial, type Heard } from './clients.ts';
import { type Claims, type OpenHouse, openHouse, type Settings } from './house.ts';
import { difference, filled, filledPath, type Learnt, shown } from './match.ts';
import { quietMoment } from './until.ts';

/**
 * A transcript is a play: who says what, and who hears exactly what, in order. Whatever anybody hears beyond its lines fails it,
 * and so does a frame that no document shows.
 */

/** A user's connection: `ann`, or `ann/tablet` where one user has several. */
export type Part = string;

export type Line =
  | {
      readonly does: 'connects';
      readonly who: Part;
      readonly dialect: DialectName;
      readonly dialling: Dialling;
      readonly refused?: string;
    }
  | {
      readonly does: 'says';
      readonly who: Part;
      readonly event: string;
      readonly args: readonly unknown[];
      readonly wantsAck: boolean;
    }
  | {
      readonly does: 'hears';
      readonly who: readonly Part[];
      readonly frames: readonly Heard[];
      readonly inAnyOrder: boolean;
    }
  | { readonly does: 'is quiet' }
  | { readonly does: 'goes'; readonly who: Part; readonly how: 'close' | 'cut' }
  | { readonly does: 'is closed'; readonly who: Part; readonly code: number | undefined }
  | {
      readonly does: 'calls';
      readonly who: Part | 'host';
      readonly request: string;
      readonly body: unknown;
      readonly status: number;
      readonly answer: unknown;
    }
  /** Connects to a room for what came after a message. */
  | { readonly does: 'follows'; readonly who: Part; readonly room: string; readonly message: string }
  | { readonly does: 'passes'; readonly ms: number };

/** Dials as the dialect's document shows, in reply to which nothing need come. */
export const connects = (who: Part, dialect: DialectName, dialling: Dialling = {}): Line => ({
  does: 'connects',
  who,
  dialect,
  dialling,
});

/** Knocks and is refused in these words. */
export const isRefused = (who: Part, dialect: DialectName, words: string, dialling: Dialling = {}): Line => ({
  does: 'connects',
  who,
  dialect,
  dialling,
  refused: words,
});

/** Connects to a room with `?after=` a message. */
export const follows = (who: Part, room: string, message: string): Line => ({ does: 'follows', who, room, message });

/** Emits without an acknowledgement. */
export const says = (who: Part, event: string, ...args: unknown[]): Line => ({
  does: 'says',
  who,
  event,
  args,
  wantsAck: false,
});

/** Emits and wants an acknowledgement, which is then among what it hears: see {@link ack}. */
export const asks = (who: Part, event: string, ...args: unknown[]): Line => ({
  does: 'says',
  who,
  event,
  args,
  wantsAck: true,
});

export const frame = (name: string, payload: unknown): Heard => ({ name, payload });
export const ack = (name: string, payload: unknown): Heard => ({ name, payload, isAck: true });

const parts = (who: Part | readonly Part[]): readonly Part[] => (typeof who === 'string' ? [who] : who);

/** The next thing that each of them hears is this frame. */
export const hears = (who: Part | readonly Part[], name: string, payload: unknown): Line => ({
  does: 'hears',
  who: parts(who),
  frames: [frame(name, payload)],
  inAnyOrder: false,
});

/** The next thing that they hear is the answer to an acknowledgement. */
export const isAnswered = (who: Part, event: string, payload: unknown): Line => ({
  does: 'hears',
  who: [who],
  frames: [ack(event, payload)],
  inAnyOrder: false,
});

/** The next things that each of them hears are these, in an order that nobody promised. */
export const hearsInAnyOrder = (who: Part | readonly Part[], ...frames: Heard[]): Line => ({
  does: 'hears',
  who: parts(who),
  frames,
  inAnyOrder: true,
});

/** Nobody has heard anything that is not in the lines so far. Also how every transcript ends. */
export const nobodyHearsMore: Line = { does: 'is quiet' };

export const closes = (who: Part): Line => ({ does: 'goes', who, how: 'close' });
export const losesTransport = (who: Part): Line => ({ does: 'goes', who, how: 'cut' });
/** The server ends the connection, with this code where the transport shows one. */
export const isClosed = (who: Part, code?: number): Line => ({ does: 'is closed', who, code });

/** HTTP as the host application or as a user: `POST /api/v1/conversations`. */
export const calls = (who: Part | 'host', request: string, body: unknown, status: number, answer?: unknown): Line => ({
  does: 'calls',
  who,
  request,
  body,
  status,
  answer,
});

export const passes = (ms: number): Line => ({ does: 'passes', ms });

/** Whose token each user shows, by name; whoever is not listed has a numeric id of their own. */
type Cast = { readonly [name: string]: Claims };

export const cast = {
  ann: { sub: '1', name: 'Ann', email: 'ann@example.org' },
  bob: { sub: '2', name: 'Bob', email: 'bob@example.org' },
  cat: { sub: '3', name: 'Cat', email: 'cat@example.org' },
  dan: { sub: 'dan-uuid', name: 'Dan' },
  eve: { sub: '66', name: 'Eve', email: 'eve@example.org' },
  ada: { sub: '9', name: 'Ada', email: 'ada@example.org', role: 'ADMIN' },
} as const satisfies Cast;

/** Plays the lines in a house of their own; several houses at a time, since a play is mostly waiting. */
export function transcript(title: string, lines: readonly Line[], settings: Settings = {}): void {
  test.concurrent(title, async () => {
    await using house = await openHouse(settings);
    await using stage = new Stage(house);
    await stage.play([...lines, nobodyHearsMore]);
  });
}

/** The clients of a play and what they have learnt. */
class Stage implements AsyncDisposable {
  readonly #house: OpenHouse;
  readonly #clients = new Map<Part, Client>();
  readonly #learnt: Learnt = new Map();

  constructor(house: OpenHouse) {
    this.#house = house;
  }

  async play(lines: readonly Line[]): Promise<void> {
    for (const [index, line] of lines.entries()) {
      const where = `line ${index + 1}, ${shown(line)}`;
      await this.#line(line).catch((error: unknown) => {
        throw new Error(`${where}\n${error instanceof Error ? error.message : error}\n${this.#state()}`, {
          cause: error,
        });
      });
    }
  }

  async #line(line: Line): Promise<void> {
    switch (line.does) {
      case 'connects':
        return this.#connects(line);
      case 'says':
        this.client(line.who).say(line.event, filled(line.args, this.#learnt) as unknown[], line.wantsAck);
        return undefined;
      case 'hears':
        for (const who of line.who) await this.#hears(who, line.frames, line.inAnyOrder);
        return undefined;
      case 'goes':
        this.client(line.who)[line.how]();
        return undefined;
      case 'is closed': {
        const end = await this.client(line.who).ended();
        if (end.code !== line.code) throw new Error(`closed with ${end.words}`);
        return undefined;
      }
      case 'calls':
        return this.#calls(line);
      case 'follows': {
        const { does: _, who, room, message } = line;
        const after = String(this.#learnt.get(`id ${message}`));
        return this.#connects({ does: 'connects', who, dialect: 'rooms', dialling: { room, query: { after } } });
      }
      case 'passes':
        await wait(line.ms);
        return undefined;
      case 'is quiet':
        return this.#quiet();
    }
  }

  client(who: Part): Client {
    const client = this.#clients.get(who);
    if (!client) throw new Error(`${who} has not connected`);
    return client;
  }

  token(who: Part): string {
    const name = who.split('/')[0] ?? who;
    const claims = (cast as Cast)[name];
    if (!claims) throw new Error(`Nobody is called ${name}`);
    return this.#house.token(claims);
  }

  async #connects({ who, dialect, dialling, refused }: Extract<Line, { does: 'connects' }>): Promise<void> {
    this.#clients.get(who)?.close();
    const client = dial(this.#house.address, dialect, { token: this.token(who), ...dialling });
    this.#clients.set(who, client);
    const outcome = await client.connected().then(
      () => 'connected',
      (error: Error) => error.message,
    );
    if (outcome !== (refused === undefined ? 'connected' : `refused: ${refused}`)) throw new Error(outcome);
  }

  async #hears(who: Part, frames: readonly Heard[], inAnyOrder: boolean): Promise<void> {
    const expected = [...frames];
    while (expected.length > 0) {
      const heard = await this.client(who).next(who);
      const differences = expected.map((one) => this.#difference(one, heard));
      const at = inAnyOrder ? differences.indexOf(undefined) : differences[0] === undefined ? 0 : -1;
      if (at < 0) throw new Error(`${who} heard ${shown(heard)}\n${differences.join('\n')}`);
      expected.splice(at, 1);
    }
  }

  #difference(expected: Heard, heard: Heard): string | undefined {
    if (expected.name !== heard.name || expected.isAck !== heard.isAck) return `${heard.name}, not ${expected.name}`;
    // What does not fit must teach nothing.
    const learnt = new Map(this.#learnt);
    const found = difference(expected.payload, heard.payload, learnt);
    if (found === undefined) for (const [name, value] of learnt) this.#learnt.set(name, value);
    return found;
  }

  async #calls({ who, request, body, status, answer }: Extract<Line, { does: 'calls' }>): Promise<void> {
    const [method = '', path = ''] = request.split(' ');
    const caller = who === 'host' ? who : { token: this.token(who) };
    const filledBody = body instanceof FormData ? body : filled(body, this.#learnt);
    const given = await this.#house.call(method, filledPath(path, this.#learnt), caller, filledBody);
    const found = answer === undefined ? undefined : difference(answer, given.json, this.#learnt);
    if (given.status !== status || found)
      throw new Error(`answered ${given.status} ${shown(given.json)}\n${found ?? ''}`);
  }

  async #quiet(): Promise<void> {
    await quietMoment();
    const more = [...this.#clients].filter(([, client]) => client.heard.length > 0);
    if (more.length > 0) throw new Error('somebody heard more');
    const objections = [...this.#clients.values()].flatMap((client) => client.objections);
    if (objections.length > 0) throw new Error(objections.join('\n'));
  }

  #state(): string {
    return [...this.#clients]
      .map(
        ([who, { heard, objections, end }]) => `  ${who}: ${shown(heard)} ${objections.join(', ')} ${end?.words ?? ''}`,
      )
      .join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) client.close();
  }
}
