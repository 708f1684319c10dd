import { setTimeout as wait } from 'node:timers/promises';
import { type Client, dial, type Heard } from './clients.ts';
import type { OpenHouse } from './house.ts';
import { type Cast, cast, type Line, type Part } from './lines.ts';
import { difference, filled, filledPath, type Learnt, shown } from './match.ts';
import { quietMoment } from './until.ts';

/** The clients of a play and what they have learnt. */
export class Stage implements AsyncDisposable {
  readonly #house: OpenHouse;
  readonly #clients = new Map<Part, Client>();
  /** Those too whose part is played by a newer connection now. */
  readonly #everyone: Client[] = [];
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

  get clients(): readonly Client[] {
    return [...this.#everyone];
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
    this.#everyone.push(client);
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
    const tolerated = this.#everyone.flatMap((client) => client.tolerated());
    if (tolerated.length > 0) throw new Error(tolerated.join('\n'));
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
