import type { WebSocket } from 'ws';
import { Chunk, type Packaging } from '../../src/gateway/transport.ts';
import { framed, framedInto } from '../../src/transport/fast-write.ts';
import { LazyWebSocket } from '../../src/transport/lazy-websocket.ts';

/** Websockets of ours and of ws that do and note the same. */

export const packaging: Packaging = {
  packet: (_, json) => json,
  marker: () => undefined,
  framed: (packets) => framed('', packets),
  framedInto: (packets, target, at) => framedInto('', packets, target, at),
};

/** What both ways can be told to do. */
type Told = Pick<WebSocket, 'ping' | 'pause' | 'resume' | 'terminate' | 'readyState'> & {
  say(text: string): void;
  close(code?: number, words?: string): void;
};

/** Does what it hears that it shall, so that both ways do the same at the same moment. */
export class Hearer {
  readonly heard: string[] = [];
  /** What came with what cut it off, ws hands out still. */
  #isCut = false;
  readonly closed = Promise.withResolvers<void>();

  note(what: string): void {
    if (!this.#isCut || what === 'closed') this.heard.push(what);
  }

  hear(text: string, websocket: Told): void {
    if (this.#isCut) return;
    this.note(text);
    this.#isCut = text === 'cut';
    if (text.startsWith('say')) websocket.say(text.repeat(text.length % 7));
    else if (text === 'ping') websocket.ping();
    else if (text === 'close') websocket.close(4_321, 'bye');
    else if (text === 'leave') websocket.close();
    else if (text === 'cut') websocket.terminate();
    else if (text === 'pause') {
      websocket.pause();
      setTimeout(() => websocket.resume(), 5);
    }
  }
}

export class Recorded extends LazyWebSocket {
  readonly hearer = new Hearer();

  hearText(text: string): void {
    this.hearer.hear(text, this);
  }

  hearBinary(bytes: Buffer): void {
    this.hearer.note(`binary ${bytes.toString('hex')}`);
  }

  override hearPong(): void {
    this.hearer.note('pong');
  }

  override hearError(): void {
    this.hearer.note('error');
  }

  hearClose(): void {
    this.hearer.note('closed');
    this.hearer.closed.resolve();
  }

  say(text: string): void {
    if (this.write([new Chunk([text], packaging)]) === 'not') this.send(text);
  }
}

export function recordPlain(websocket: WebSocket): Hearer {
  const hearer = new Hearer();
  const told: Told = {
    say: (text) => websocket.send(text, () => {}),
    ping: () => websocket.ping(),
    pause: () => websocket.pause(),
    resume: () => websocket.resume(),
    close: (code, words) => websocket.close(code, words),
    terminate: () => websocket.terminate(),
    readyState: websocket.readyState,
  };
  websocket.on('message', (data, isBinary) => {
    if (isBinary) hearer.note(`binary ${(data as Buffer).toString('hex')}`);
    else hearer.hear(String(data), told);
  });
  websocket.on('pong', () => hearer.note('pong'));
  websocket.on('error', () => hearer.note('error'));
  websocket.on('close', () => {
    hearer.note('closed');
    hearer.closed.resolve();
  });
  return hearer;
}
