import { type Decoder, PacketType } from 'socket.io-parser';
import { WebSocket } from 'ws';
import type { Door, Handshake } from '../gateway/transport.ts';
import { type CloseReason, type Report, refusalWords } from './close-reasons.ts';
import type { Deadlines } from './deadlines.ts';
import { parsedEvent } from './fast-read.ts';
import { framed } from './fast-write.ts';
import { LazyWebSocket } from './lazy-websocket.ts';
import { kept, type Opening } from './let-go.ts';
import type { AnswerAllowance } from './library-answers.ts';
import { drawBytes } from './library-ids.ts';
import type { Newcomers } from './newcomers.ts';
import { OwnLink } from './own-link.ts';
import { engineMessage, namespacePart } from './socket-io-packets.ts';

/**
 * Engine.IO 4 and Socket.IO 5 as the server of a client that came by websocket at once: what most clients do, without the objects,
 * events and timers that the libraries make of each. Everything else is the libraries'.
 */

type Packet = { readonly type: PacketType; readonly nsp: string; readonly data?: unknown; readonly id?: number };

/** What all sessions share. */
export type SessionHouse = {
  readonly doors: { readonly [namespace: string]: Door<unknown, unknown> };
  readonly report: Report;
  /** When the next ping is due, and when the answer to one. */
  readonly pings: Deadlines<OwnSession>;
  readonly silences: Deadlines<OwnSession>;
  readonly newcomers: Pick<Newcomers<OwnSession>, 'add' | 'asks' | 'release'>;
  readonly answers: AnswerAllowance;
  readonly decoder: new () => Decoder;
  readHandshake(opening: Opening, auth: { readonly [key: string]: unknown }): Handshake;
  addressOf(opening: Opening): string;
  left(session: OwnSession): void;
};

/** What engine.io takes from a client without a word: open, close, upgrade and noop. */
const ignored: ReadonlySet<string> = new Set(['0', '1', '5', '6']);
const enginePing = framed('', ['2']);

/** A websocket that knows its session. */
export class SessionSocket extends LazyWebSocket {
  session: OwnSession | undefined;

  hearText(text: string): void {
    this.session?.hear(text);
  }

  hearBinary(bytes: Buffer): void {
    this.session?.hearBytes(bytes);
  }

  hearClose(): void {
    this.session?.closed();
  }

  /** It is closed with the code for what is wrong. */
  override hearError(): void {
    this.session?.close();
  }
}

/** One client: its websocket, its namespaces, and whether it still answers pings. Ends once, and all its links with it. */
export class OwnSession {
  readonly websocket: SessionSocket;
  readonly house: SessionHouse;
  readyState: 'open' | 'closing' | 'closed' = 'open';
  #opening: Opening;
  /** The namespaces that it is in, and those that it waits to be let into. */
  #links: OwnLink[] = [];
  readonly #entering = new Set<string>();
  #decoder: Decoder | undefined;
  /** Attachments of a packet are on their way. */
  #isAwaitingBytes = false;
  /** A ping was not answered yet, and whether something else was heard since. */
  #isAwaited = false;
  #isRefreshed = false;
  #onClose: (() => void) | undefined;

  constructor(websocket: SessionSocket, opening: Opening, house: SessionHouse) {
    this.websocket = websocket;
    this.house = house;
    this.#opening = opening;
    websocket.session = this;
    websocket.resume();
  }

  get opening(): Opening {
    return this.#opening;
  }

  begin(openPacket: string): void {
    this.websocket.writeFrames(framed('', [openPacket]));
    this.house.pings.set(this);
    this.house.newcomers.add(this, this.house.addressOf(this.#opening));
  }

  /** For whoever counts newcomers. */
  once(_event: 'close', listener: (this: OwnSession) => void): void {
    this.#onClose = () => listener.call(this);
  }

  removeListener(): void {
    this.#onClose = undefined;
  }

  packet(text: string): void {
    if (this.websocket.readyState === WebSocket.OPEN) this.websocket.writeFrames(framed(engineMessage, [text]));
  }

  ping(): void {
    if (this.readyState !== 'open') return;
    if (this.websocket.readyState === WebSocket.OPEN) this.websocket.writeFrames(enginePing);
    this.#isAwaited = true;
    this.#isRefreshed = false;
    this.house.silences.set(this);
  }

  /** It did not answer a ping. Who has said their last and reads nothing would be waited for without end. */
  silent(): void {
    if (this.websocket.readyState === WebSocket.OPEN) this.close();
    else this.cutOff();
  }

  /** What is not read cannot be heard: its silence begins anew. */
  excuse(): void {
    if (this.#isAwaited) this.house.silences.set(this);
  }

  hear(text: string): void {
    if (this.readyState !== 'open') return;
    const type = text[0];
    if (type === '3') {
      this.house.silences.delete(this);
      this.#isAwaited = false;
      this.house.pings.set(this);
      return;
    }
    this.#signOfLife();
    if (type === engineMessage && text.length > 1) this.#hearPacket(text);
    else if (type === 'b') this.hearBytes(Buffer.from(text.slice(1), 'base64'), true);
    else if (type === '2') {
      this.house.answers.count(this, 'ping', undefined);
      this.close();
    } else if (type === undefined || !ignored.has(type)) this.close();
  }

  hearBytes(bytes: Buffer, isCounted = false): void {
    if (this.readyState !== 'open') return;
    if (!isCounted) this.#signOfLife();
    this.#decode(bytes);
  }

  #signOfLife(): void {
    if (!this.#isAwaited || this.#isRefreshed) return;
    this.#isRefreshed = true;
    this.house.silences.set(this);
  }

  #hearPacket(text: string): void {
    if (!this.#isAwaitingBytes) {
      for (const link of this.#links) {
        if (!text.startsWith(link.prefix)) continue;
        const event = parsedEvent(text, link.prefix.length);
        if (event === undefined) break;
        if (event === 'elsewhere') continue;
        link.hear(event.list, event.id);
        return;
      }
    }
    if (!this.house.answers.count(this, 'message', text.slice(1))) return;
    this.#decode(text.slice(1));
  }

  #decode(said: string | Buffer): void {
    this.#decoder ??= this.#newDecoder();
    this.#isAwaitingBytes = typeof said !== 'string' || said[0] === '5' || said[0] === '6';
    try {
      this.#decoder.add(said);
    } catch {
      this.close();
    }
  }

  #newDecoder(): Decoder {
    const decoder = new this.house.decoder();
    decoder.on('decoded', (packet) => {
      this.#isAwaitingBytes = false;
      this.#hearDecoded(packet as Packet);
    });
    return decoder;
  }

  #hearDecoded({ type, nsp, data, id }: Packet): void {
    const link = this.#links.find(({ namespace }) => namespace === nsp);
    if (link === undefined && type === PacketType.CONNECT)
      this.#enter(nsp, data as { [key: string]: unknown } | undefined);
    else if (link === undefined || type === PacketType.CONNECT || type === PacketType.CONNECT_ERROR) this.close();
    else if (type === PacketType.DISCONNECT) link.end();
    else if (type === PacketType.EVENT || type === PacketType.BINARY_EVENT) link.hear(data as readonly unknown[], id);
  }

  #enter(namespace: string, auth: { readonly [key: string]: unknown } = {}): void {
    const { house } = this;
    const door = Object.hasOwn(house.doors, namespace) ? house.doors[namespace] : undefined;
    if (door === undefined) {
      this.#refuse(namespace, 'Invalid namespace');
      return;
    }
    // Its library takes the first answer for all: refused, it would not hear that it was let in.
    if (this.#entering.has(namespace)) return;
    this.#entering.add(namespace);
    house.newcomers.asks(this, true);
    const refuse = (reason: CloseReason): void => {
      this.#entering.delete(namespace);
      house.newcomers.asks(this, false);
      if (this.readyState === 'open') this.#refuse(namespace, refusalWords[reason]);
    };
    door.admit(house.readHandshake(this.#opening, auth)).then(
      (answer) => {
        if (!answer.ok) return refuse(answer.reason);
        this.#entering.delete(namespace);
        if (this.readyState !== 'open' || this.websocket.readyState !== WebSocket.OPEN) {
          door.forsake(answer.admitted);
          return;
        }
        house.newcomers.release(this);
        this.#opening = kept(this.#opening) as Opening;
        const link = new OwnLink(this, namespace, door);
        this.#links = this.#links.concat(link);
        const named = {
          sid: drawBytes(idBytes).toString('base64url'),
          ...(answer.pid === undefined ? {} : { pid: answer.pid }),
        };
        // This and what is said first leave together, at the end of the turn.
        this.websocket.hold(framed(engineMessage, [`0${namespacePart(namespace)}${JSON.stringify(named)}`]));
        link.open(answer.admitted);
        setImmediate(letGo, this.websocket);
      },
      (error: unknown) => {
        house.report(error);
        refuse('broken');
      },
    );
  }

  #refuse(namespace: string, message: string): void {
    this.packet(`4${namespacePart(namespace)}${JSON.stringify({ message })}`);
  }

  /** The link has left its namespace. */
  left(link: OwnLink): void {
    this.#links = this.#links.filter((other) => other !== link);
    if (this.#links.length === 0) this.house.newcomers.add(this, this.house.addressOf(this.#opening));
  }

  close(): void {
    if (this.readyState !== 'open') return;
    this.readyState = 'closing';
    this.websocket.close();
    this.#over();
  }

  /** Tells the client to stay away. */
  dismiss(): void {
    for (const { namespace } of this.#links) this.packet(`1${namespacePart(namespace)}`);
    this.close();
  }

  cutOff(): void {
    this.close();
    this.websocket.terminate();
  }

  /** Its websocket is gone. */
  closed(): void {
    this.readyState = 'closed';
    this.#over();
    this.house.left(this);
  }

  #over(): void {
    this.house.pings.delete(this);
    this.house.silences.delete(this);
    this.#decoder?.destroy();
    for (const link of this.#links) link.end();
    this.#onClose?.();
  }
}

function letGo(websocket: SessionSocket): void {
  websocket.letGo();
}

/** As long as the library's ids. */
const idBytes = 15;
