import { setTimeout as wait } from 'node:timers/promises';
import { type Server, secret } from '../servers.ts';
import { Client } from './client.ts';
import { startsWith } from './frames.ts';
import { RoomLedger, textOf } from './ledger.ts';
import { joinRoom, type Protocol } from './protocols.ts';
import { tokenOf } from './tokens.ts';

/** Where a client of Socket.IO's connection-state recovery is: what it shows when it comes back. */
type Place = { pid: string; offset: string };

export type Returned = { readonly seconds: number; readonly serverCpuSeconds: number; readonly lost: number };

/** How long nothing may come before what is missing counts as lost. */
const patienceMs = 10_000;
const quote = '"'.charCodeAt(0);
const doorWidth = 200;

/**
 * Clients that go away, miss messages, and come back all at once. The offset is the last argument of an event, as the client
 * library takes it: of every event with the peer, of Parlance's own marker event there.
 */
export class Returning {
  readonly #server: Server;
  readonly #protocol: Protocol;
  readonly #namespace: string;
  readonly #rooms: RoomLedger[];
  readonly #perRoom: number;
  readonly #places: Place[] = [];
  readonly #heard: Int32Array;
  #clients: Client[] = [];
  #heardInAll = 0;
  #lastHeardMs = 0;

  constructor(server: Server, protocol: Protocol, shape: { readonly rooms: number; readonly perRoom: number }) {
    this.#server = server;
    this.#protocol = protocol;
    this.#namespace = protocol.delivery.includes('42/chat,') ? '/chat,' : '';
    this.#perRoom = shape.perRoom;
    this.#rooms = Array.from({ length: shape.rooms }, () => new RoomLedger(shape.perRoom));
    this.#heard = new Int32Array(shape.rooms * shape.perRoom);
  }

  /** Everybody comes, hears one message, and goes. Then so many more are said, and all come back. */
  async leaveAndReturn(missed: number): Promise<Returned> {
    const speakers = await this.#speakers();
    await this.#arrive();
    await this.#say(speakers, 0, 1);
    await this.#hearAll(1);
    for (const client of this.#clients) client.destroy();
    await wait(2_000);
    await this.#say(speakers, 1, missed + 1);
    await wait(1_000);
    const [cpuBefore, startMs] = [this.#server.cpuSeconds, performance.now()];
    this.#return();
    const lost = await this.#hearAll(missed + 1);
    const seconds = (this.#lastHeardMs - startMs) / 1_000;
    const serverCpuSeconds = this.#server.cpuSeconds - cpuBefore;
    for (const client of [...speakers, ...this.#clients]) client.destroy();
    return { seconds, serverCpuSeconds, lost };
  }

  /** One in each room who stays, and whose own hearing does not count. */
  async #speakers(): Promise<Client[]> {
    const first = this.#heard.length;
    const speakers = this.#rooms.map(
      (_, room) => new Client(first + room, this.#server.port, this.#protocol.path('', '')),
    );
    const joining = speakers.map((client, room) => this.#join(client, room));
    await Promise.all(joining);
    return speakers;
  }

  #join(client: Client, room: number): Promise<void> {
    return joinRoom(client, this.#protocol, tokenOf(client.index, secret), nameOf(room), 'hello', (bytes, start, end) =>
      this.#notePlace(client, bytes, start, end),
    );
  }

  async #arrive(): Promise<void> {
    const count = this.#heard.length;
    for (let index = 0; index < count; index++) {
      this.#places.push({ pid: '', offset: '' });
      this.#clients.push(new Client(index, this.#server.port, this.#protocol.path('', '')));
      if (this.#clients.length % doorWidth !== 0 && index + 1 < count) continue;
      const joining = this.#clients.slice(-doorWidth).filter((client) => client.listener === undefined);
      await Promise.all(
        joining.map((client) => this.#join(client, this.#roomOf(client)).then(() => this.#listen(client))),
      );
    }
    await wait(1_000);
  }

  #listen(client: Client): void {
    client.listener = { onText: (_client, bytes, start, end) => this.#hear(client, bytes, start, end) };
  }

  #hear(client: Client, bytes: Buffer, start: number, end: number): void {
    this.#notePlace(client, bytes, start, end);
    if (!startsWith(bytes, start, end, this.#protocol.delivery)) return;
    const { index } = client;
    const room = this.#rooms[this.#roomOf(client)] as RoomLedger;
    if (room.hear(this.#heard[index] as number, bytes, start, end) < 0) return;
    this.#heard[index] = (this.#heard[index] as number) + 1;
    this.#heardInAll++;
    this.#lastHeardMs = performance.now();
  }

  #notePlace({ index }: Client, bytes: Buffer, start: number, end: number): void {
    const place = this.#places[index];
    if (!place) return;
    // Only events that end in a string carry an offset: `"]`.
    if (bytes[end - 2] === quote && bytes[start + 1] === eventDigit) {
      const from = bytes.lastIndexOf(quote, end - 3);
      place.offset = bytes.toString('latin1', from + 1, end - 2);
    } else if (place.pid === '' && bytes[start + 1] === connectDigit) {
      place.pid = /"pid":"([^"]+)"/.exec(bytes.toString('latin1', start, end))?.[1] ?? '';
    }
  }

  async #say(speakers: readonly Client[], from: number, to: number): Promise<void> {
    for (let number = from; number < to; number++) {
      speakers.forEach((client, room) => {
        client.send(this.#protocol.message(nameOf(room), textOf(client.index, number), number + 1));
      });
      await wait(5);
    }
  }

  #return(): void {
    this.#clients = this.#clients.map(({ index }) => {
      const client = new Client(index, this.#server.port, this.#protocol.path('', ''));
      const place = this.#places[index];
      const connect = `40${this.#namespace}${JSON.stringify({ token: tokenOf(index, secret), ...place })}`;
      this.#listen(client);
      client.opened.then(
        () => client.send(connect),
        () => undefined,
      );
      return client;
    });
  }

  /** Answers how many are still missing when patience ends. */
  async #hearAll(each: number): Promise<number> {
    const wanted = this.#heard.length * each;
    this.#lastHeardMs = performance.now();
    while (this.#heardInAll < wanted && performance.now() - this.#lastHeardMs < patienceMs) await wait(10);
    return wanted - this.#heardInAll;
  }

  #roomOf({ index }: Client): number {
    return Math.floor(index / this.#perRoom);
  }

  get disagreements(): number {
    return this.#rooms.reduce((sum, room) => sum + room.disagreements + room.reordered, 0);
  }
}

const eventDigit = '2'.charCodeAt(0);
const connectDigit = '0'.charCodeAt(0);

function nameOf(room: number): string {
  return String(5_000_000 + room);
}
