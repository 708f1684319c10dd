import { type Server, secret } from '../servers.ts';
import { Client } from './client.ts';
import { startsWith } from './frames.ts';
import { textOf } from './ledger.ts';
import { joinRoom, protocols } from './protocols.ts';
import { tokenOf } from './tokens.ts';

const { messaging } = protocols;
const read = Buffer.from('42/chat,["messageRead"');
/** What a delivery begins with, up to its id. */
const beforeId = Buffer.from('42/chat,["newMessage",{"id":"');
const quote = '"'.charCodeAt(0);
const patienceMs = 20_000;

/** Members of rooms who mark every message as read as soon as they hear it, and all hear of it. */
export class Readers {
  readonly #server: Server;
  readonly #perRoom: number;
  readonly #clients: Client[] = [];
  #marksHeard = 0;
  #said = 0;
  #wanted = 0;
  #allHeard: (() => void) | undefined;

  constructor(server: Server, perRoom: number) {
    this.#server = server;
    this.#perRoom = perRoom;
  }

  async gather(count: number): Promise<void> {
    const joining: Promise<void>[] = [];
    for (let index = 0; index < count; index++) {
      const client = new Client(index, this.#server.port, messaging.path('', ''));
      this.#clients.push(client);
      const joined = joinRoom(client, messaging, tokenOf(index, secret), this.#nameOf(index), 'hello');
      joining.push(
        joined.then(() => {
          client.listener = { onText: (_client, bytes, start, end) => this.#hear(client, bytes, start, end) };
        }),
      );
    }
    await Promise.all(joining);
  }

  /**
   * One message in each room; resolves when everybody has heard that everybody has read it. Answers how many marks have been
   * lost so far, over all rounds.
   */
  async round(): Promise<number> {
    const heardAll = new Promise<void>((resolve) => {
      this.#allHeard = resolve;
    });
    this.#wanted += this.#clients.length * this.#perRoom;
    const number = this.#said++;
    for (let index = 0; index < this.#clients.length; index += this.#perRoom) {
      this.#clients[index]?.send(messaging.message(this.#nameOf(index), textOf(index, number), number + 1));
    }
    const patience = setTimeout(() => this.#allHeard?.(), patienceMs);
    await heardAll;
    clearTimeout(patience);
    return this.#wanted - this.#marksHeard;
  }

  disperse(): void {
    for (const client of this.#clients) client.destroy();
  }

  #hear(client: Client, bytes: Buffer, start: number, end: number): void {
    if (startsWith(bytes, start, end, read)) {
      if (++this.#marksHeard === this.#wanted) this.#allHeard?.();
    } else if (startsWith(bytes, start, end, beforeId)) {
      const from = start + beforeId.length;
      const id = bytes.toString('latin1', from, bytes.indexOf(quote, from));
      client.send(`42/chat,["readReceipt",{"roomId":"${this.#nameOf(client.index)}","messageId":"${id}"}]`);
    }
  }

  #nameOf(index: number): string {
    return String(5_000_000 + Math.floor(index / this.#perRoom));
  }
}
