import { setTimeout as wait } from 'node:timers/promises';
import { type Served, secret } from '../servers.ts';
import { Client } from './client.ts';
import { startsWith } from './frames.ts';
import { numberOf, RoomLedger, senderOf, textOf } from './ledger.ts';
import { joinMore, joinRoom, type Protocol } from './protocols.ts';
import { tokenOf } from './tokens.ts';

export type CrowdShape = {
  readonly rooms: number;
  readonly perRoom: number;
  /** How many of each room send; the others listen. */
  readonly sendersPerRoom: number;
  /** Conversations of each connection, one of which it takes for each send in turn; more than one only where it is alone in its room. */
  readonly conversationsEach?: number;
  /** Takes the latency of those deliveries only whose sender is connected to another server. */
  readonly isTimedAcross?: boolean;
};

export type Measured = {
  readonly seconds: number;
  readonly sends: number;
  readonly deliveries: number;
  readonly serverCpuSeconds: number;
  /** The part of its core that the generator used. */
  readonly generatorShare: number;
  /** From the intended send time to each delivery; only of a fixed rate. */
  readonly latenciesMs: Float64Array;
};

/** What went wrong, over all that was sent, not only in the measured time. */
export type Faults = { readonly lost: number; readonly reordered: number; readonly disagreements: number };

const warmUpMs = 1_500;
const drainPatienceMs = 20_000;
/** Clients that are being let in at once, unless all shall come at once. */
const usualDoorWidth = 200;

/** Everybody who is connected to one server, and what they say and hear. */
export class Crowd {
  readonly #server: Served;
  readonly #protocol: Protocol;
  readonly #shape: CrowdShape;
  readonly #clients: Client[] = [];
  readonly #rooms: RoomLedger[];
  readonly #heard: Int32Array;
  readonly #sent: Int32Array;
  readonly #answered: Int32Array;
  readonly #senderCount: number;
  readonly #conversationsEach: number;
  #window = 0;
  #deliveries = 0;
  #answers = 0;
  #refusals = 0;
  #intendedMs: ((sender: number, number: number) => number) | undefined;
  #latenciesMs: number[] = [];

  private constructor(server: Served, protocol: Protocol, shape: CrowdShape) {
    const count = shape.rooms * shape.perRoom;
    this.#server = server;
    this.#protocol = protocol;
    this.#shape = shape;
    this.#rooms = Array.from({ length: shape.rooms }, () => new RoomLedger(shape.perRoom));
    this.#heard = new Int32Array(count);
    this.#sent = new Int32Array(count);
    this.#answered = new Int32Array(count);
    this.#senderCount = shape.rooms * shape.sendersPerRoom;
    this.#conversationsEach = shape.conversationsEach ?? 1;
    if (this.#conversationsEach > 1 && shape.perRoom > 1)
      throw new Error('Only who is alone has several conversations.');
  }

  /** Resolves when everybody hears their room. */
  static async gather(
    server: Served,
    protocol: Protocol,
    shape: CrowdShape,
    doorWidth = usualDoorWidth,
  ): Promise<Crowd> {
    const crowd = new Crowd(server, protocol, shape);
    const count = shape.rooms * shape.perRoom;
    for (let from = 0; from < count; from += doorWidth) {
      await crowd.#admit(from, Math.min(from + doorWidth, count));
    }
    // News of the last arrivals are on their way to the others.
    await wait(1_000);
    return crowd;
  }

  /** Connects these and brings them into their rooms, all at once. */
  async #admit(from: number, to: number): Promise<void> {
    const joining: Promise<void>[] = [];
    for (let index = from; index < to; index++) {
      const token = tokenOf(index, secret);
      const [room, ...others] = this.#namesOf(index) as [string, ...string[]];
      const client = new Client(index, this.#server.portOf(index), this.#protocol.path(token, room));
      this.#clients.push(client);
      const joined = joinRoom(client, this.#protocol, token, room, 'hello');
      joining.push(joined.then(() => joinMore(client, this.#protocol, others)).then(() => this.#listen(client)));
    }
    await Promise.all(joining);
  }

  #listen(client: Client): void {
    client.listener = { onText: (_client, bytes, start, end) => this.#hear(client, bytes, start, end) };
  }

  #roomOf(index: number): number {
    return Math.floor(index / this.#shape.perRoom);
  }

  /** The conversations of a connection, the first one first. */
  #namesOf(index: number): string[] {
    const each = this.#conversationsEach;
    return Array.from({ length: each }, (_, turn) => this.#nameOf(this.#roomOf(index) * each + turn));
  }

  #nameOf(room: number): string {
    return String(5_000_000 + room);
  }

  #isSender(index: number): boolean {
    return index % this.#shape.perRoom < this.#shape.sendersPerRoom;
  }

  #hear(client: Client, bytes: Buffer, start: number, end: number): void {
    const { delivery, answer, refusal } = this.#protocol;
    if (startsWith(bytes, start, end, delivery)) {
      const { index } = client;
      const room = this.#rooms[this.#roomOf(index)] as RoomLedger;
      const heard = this.#heard[index] as number;
      const key = room.hear(heard, bytes, start, end);
      if (key < 0) return;
      this.#heard[index] = heard + 1;
      this.#deliveries++;
      if (this.#intendedMs && this.#isTimed(index, senderOf(key))) {
        this.#latenciesMs.push(performance.now() - this.#intendedMs(senderOf(key), numberOf(key)));
      }
      if (!answer && senderOf(key) === index) this.#answer(client);
    } else if (answer && startsWith(bytes, start, end, answer)) {
      this.#answer(client);
    } else if (refusal && startsWith(bytes, start, end, refusal)) {
      this.#refusals++;
      (this.#rooms[this.#roomOf(client.index)] as RoomLedger).sent--;
    }
  }

  #isTimed(listener: number, sender: number): boolean {
    return !this.#shape.isTimedAcross || this.#server.portOf(listener) !== this.#server.portOf(sender);
  }

  #answer(client: Client): void {
    const { index } = client;
    if (this.#sent[index] === 0) return;
    this.#answered[index] = (this.#answered[index] as number) + 1;
    this.#answers++;
    if (this.#window > 0) this.#send(client);
  }

  #send(client: Client): void {
    const { index } = client;
    const number = this.#sent[index] as number;
    this.#sent[index] = number + 1;
    const room = this.#roomOf(index);
    (this.#rooms[room] as RoomLedger).sent++;
    const each = this.#conversationsEach;
    // Order holds within a conversation, so that who has several is a sender of their own in each.
    const text = each > 1 ? textOf(index * each + (number % each), Math.floor(number / each)) : textOf(index, number);
    client.send(this.#protocol.message(this.#nameOf(room * each + (number % each)), text, number + 1));
  }

  /** Every sender keeps `window` sends unanswered. */
  async saturate(window: number, seconds: number): Promise<Measured> {
    this.#window = window;
    for (const client of this.#clients) {
      if (this.#isSender(client.index)) for (let one = 0; one < window; one++) this.#send(client);
    }
    await wait(warmUpMs);
    const measured = await this.#measure(seconds);
    this.#window = 0;
    await this.#drain();
    return measured;
  }

  /** All senders together send so many a second, evenly, each in its turn. */
  async keepRate(perSecond: number, seconds: number): Promise<Measured> {
    const senders = this.#clients.filter(({ index }) => this.#isSender(index));
    const turnOf = new Map(senders.map(({ index }, turn) => [index, turn]));
    const startMs = performance.now() + 10;
    const intervalMs = 1_000 / perSecond;
    let next = 0;
    const timer = setInterval(() => {
      const due = (performance.now() - startMs) / intervalMs;
      for (; next <= due; next++) this.#send(senders[next % senders.length] as Client);
    }, 1);
    await wait(warmUpMs);
    this.#intendedMs = (sender, number) => startMs + (number * senders.length + (turnOf.get(sender) ?? 0)) * intervalMs;
    const measured = await this.#measure(seconds);
    this.#intendedMs = undefined;
    clearInterval(timer);
    await this.#drain();
    return measured;
  }

  /** All senders together send so many a second, whatever is answered; resolves when all that was not refused was heard. */
  async flood(perSecond: number, seconds: number): Promise<{ readonly sent: number; readonly refused: number }> {
    for (const room of this.#rooms) room.mayRefuse = true;
    const senders = this.#clients.filter(({ index }) => this.#isSender(index));
    const startMs = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const due = ((performance.now() - startMs) * perSecond) / 1_000;
      for (; sent < due; sent++) this.#send(senders[sent % senders.length] as Client);
    }, 1);
    await wait(seconds * 1_000);
    clearInterval(timer);
    await this.#drain(seconds * 5_000);
    return { sent, refused: this.#refusals };
  }

  async #measure(seconds: number): Promise<Measured> {
    const before = { deliveries: this.#deliveries, answers: this.#answers, cpu: this.#server.cpuSeconds };
    const [cpu, startMs] = [process.cpuUsage(), performance.now()];
    this.#latenciesMs = [];
    await wait(seconds * 1_000);
    const wallSeconds = (performance.now() - startMs) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    return {
      seconds: wallSeconds,
      sends: this.#answers - before.answers,
      deliveries: this.#deliveries - before.deliveries,
      serverCpuSeconds: this.#server.cpuSeconds - before.cpu,
      generatorShare: (user + system) / 1e6 / wallSeconds,
      latenciesMs: Float64Array.from(this.#latenciesMs).sort(),
    };
  }

  /** Waits until everybody has heard everything, or no longer does. */
  async #drain(patienceMs = drainPatienceMs): Promise<void> {
    const untilMs = performance.now() + patienceMs;
    while (this.#missing() > 0 && performance.now() < untilMs) await wait(100);
  }

  #missing(): number {
    let missing = 0;
    for (const { index } of this.#clients) {
      missing += Math.max(0, (this.#rooms[this.#roomOf(index)] as RoomLedger).sent - (this.#heard[index] as number));
    }
    return missing;
  }

  get faults(): Faults {
    const sum = (of: (room: RoomLedger) => number) => this.#rooms.reduce((total, room) => total + of(room), 0);
    return {
      lost: this.#missing(),
      reordered: sum((room) => room.reordered),
      disagreements: sum((room) => room.disagreements),
    };
  }

  /** How many were sent in all, measured or not. */
  get sentInAll(): number {
    return this.#rooms.reduce((sum, { sent }) => sum + sent, 0);
  }

  get senderCount(): number {
    return this.#senderCount;
  }

  disperse(): void {
    for (const client of this.#clients) client.destroy();
  }
}
