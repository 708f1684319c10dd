import { connect, type Socket } from 'node:net';
import { clientFrame, type Frame, readFrame, upgradeRequest } from './frames.ts';
import { readPacket } from './mqtt.ts';

/** What a scenario wants to hear of its clients; one object for all of them. */
export type Listener = {
  /** A text frame, or a whole packet of MQTT: bytes `start` to `end`, valid during the call only. */
  onText(client: Client, bytes: Buffer, start: number, end: number): void;
  /** All that one read brought has been told. */
  onTurn?(client: Client): void;
};

/** All sockets read into this one: what it holds is looked at before the next read. */
const inbox = Buffer.allocUnsafe(256 * 1024);
const frame: Frame = { opcode: 0, start: 0, end: 0 };
const [closing, ping, pong] = [8, 9, 10];
const enginePing = '2'.charCodeAt(0);

/** One raw websocket, or connection of MQTT. It answers heartbeats by itself and knows nothing of what is said. */
export class Client {
  readonly index: number;
  readonly #socket: Socket;
  readonly #isEngineIo: boolean;
  readonly #readNext: typeof readFrame;
  #rest: Buffer | undefined;
  #isUpgraded = false;
  isOpen = false;
  listener: Listener | undefined;
  /** Resolves once it can be spoken. */
  readonly opened: Promise<void>;

  /** `path` is where the websocket is; undefined where MQTT is spoken. */
  constructor(index: number, port: number, path: string | undefined) {
    this.index = index;
    this.#isEngineIo = path?.startsWith('/socket.io/') ?? false;
    this.#readNext = path === undefined ? readPacket : readFrame;
    const opening = Promise.withResolvers<void>();
    this.opened = opening.promise;
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: inbox,
        callback: (byteCount) => {
          this.#read(byteCount, opening);
          return true;
        },
      },
    });
    this.#socket.once('connect', () => {
      if (path === undefined) this.#open(opening);
      else this.#socket.write(upgradeRequest(path, `127.0.0.1:${port}`));
    });
    this.#socket.on('error', (error) => opening.reject(error));
    this.#socket.on('close', () => {
      this.isOpen = false;
      opening.reject(new Error('The server closed the connection while it was being opened.'));
    });
  }

  /** A text, or a packet as it is. Leaves in a write of its own, as what people say does. */
  send(said: string | Buffer): void {
    this.#socket.write(typeof said === 'string' ? clientFrame(said) : said);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(byteCount: number, opening: PromiseWithResolvers<void>): void {
    let bytes = inbox;
    let limit = byteCount;
    if (this.#rest) {
      bytes = Buffer.concat([this.#rest, inbox.subarray(0, byteCount)]);
      limit = bytes.length;
      this.#rest = undefined;
    }
    let at = 0;
    if (!this.#isUpgraded) {
      at = this.#readUpgrade(bytes, limit, opening);
      if (at < 0) return;
    }
    while (this.#readNext(bytes, at, limit, frame)) {
      at = frame.end;
      this.#hear(bytes, frame.opcode, frame.start, frame.end);
    }
    if (at < limit) this.#rest = Buffer.from(bytes.subarray(at, limit));
    this.listener?.onTurn?.(this);
  }

  #readUpgrade(bytes: Buffer, limit: number, opening: PromiseWithResolvers<void>): number {
    const head = bytes.subarray(0, limit).indexOf('\r\n\r\n');
    if (head < 0) {
      this.#rest = Buffer.from(bytes.subarray(0, limit));
      return -1;
    }
    const status = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
    if (!status.includes(' 101 ')) {
      opening.reject(new Error(`The server answered the upgrade with ${status}.`));
      return -1;
    }
    this.#open(opening);
    return head + 4;
  }

  #open(opening: PromiseWithResolvers<void>): void {
    this.#isUpgraded = true;
    this.isOpen = true;
    opening.resolve();
  }

  #hear(bytes: Buffer, opcode: number, start: number, end: number): void {
    if (opcode === 1) {
      if (this.#isEngineIo && end - start === 1 && bytes[start] === enginePing) this.send('3');
      else this.listener?.onText(this, bytes, start, end);
    } else if (opcode === ping) {
      this.#socket.write(clientFrame(bytes.toString('utf8', start, end), pong));
    } else if (opcode === closing) {
      this.isOpen = false;
    }
  }
}
