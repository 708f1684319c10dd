import { Observable } from '../client/observable.ts';

/** One thing that passed on a connection, or a note about the connection itself. */
export type Frame = {
  readonly key: number;
  readonly at: number;
  readonly way: 'in' | 'out' | 'note';
  readonly text: string;
};

const framesKept = 300;

/** The wire of one pane: shows what passes, and can be cut, killed and made slow. */
export class Line {
  readonly frames = new Observable<readonly Frame[]>([]);
  readonly isCut = new Observable(false);
  /** Of each direction. */
  readonly delayMs = new Observable(0);
  readonly #sockets = new Set<TappedSocket>();
  #next = 0;

  note(text: string): void {
    this.pass('note', text);
  }

  pass(way: Frame['way'], text: string): void {
    const frame = { key: this.#next++, at: Date.now(), way, text: withoutToken(text) };
    this.frames.update((frames) => [...frames, frame].slice(-framesKept));
  }

  clear(): void {
    this.frames.set([]);
  }

  /** Ends the transport without a word, as a lost network does. Whoever used it may dial again at once. */
  kill(): void {
    this.note('transport killed');
    this.#end();
  }

  /** As `kill`, and nothing gets through until `mend`. */
  cut(): void {
    this.isCut.set(true);
    this.note('line cut');
    this.#end();
  }

  mend(): void {
    this.isCut.set(false);
    this.note('line mended; the client dials again by itself');
  }

  add(socket: TappedSocket): void {
    this.#sockets.add(socket);
  }

  remove(socket: TappedSocket): void {
    this.#sockets.delete(socket);
  }

  #end(): void {
    for (const socket of [...this.#sockets]) socket.lose();
  }
}

/** Screens are shown to others, and tokens are not. */
function withoutToken(text: string): string {
  return text.replace(/(token"?[=:]"?)(?:Bearer )?[\w-]+\.[\w-]+\.[\w-]+/gi, '$1…');
}

/** A WebSocket on a line, with the part of the interface that engine.io and plain clients use. */
export class TappedSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: string }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  binaryType = 'blob';
  readonly #line: Line;
  readonly #socket: WebSocket | undefined;
  readonly #lastAt = { in: 0, out: 0 };
  #isOver = false;

  constructor(url: string, line: Line) {
    this.#line = line;
    const { host, pathname, search } = new URL(url);
    line.note(`dials ${host === location.host ? '' : host}${pathname}${search}`);
    if (line.isCut.get()) {
      setTimeout(() => this.#over(1006, 'no connection'), 50);
      return;
    }
    line.add(this);
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => this.#later('in', () => this.onopen?.());
    socket.onmessage = ({ data }) => {
      const text = String(data);
      this.#later('in', () => {
        line.pass('in', text);
        this.onmessage?.({ data: text });
      });
    };
    socket.onclose = ({ code, reason }) => this.#later('in', () => this.#over(code, reason));
  }

  get readyState(): number {
    return this.#isOver ? WebSocket.CLOSED : (this.#socket?.readyState ?? WebSocket.CONNECTING);
  }

  send(text: string): void {
    this.#later('out', () => {
      if (this.#socket?.readyState !== WebSocket.OPEN) return;
      this.#line.pass('out', text);
      this.#socket.send(text);
    });
  }

  close(): void {
    this.#socket?.close();
    this.#over(1000, '');
  }

  /** Nothing that is on its way arrives any more. */
  lose(): void {
    if (this.#socket) {
      this.#socket.onmessage = null;
      this.#socket.onclose = null;
      this.#socket.close();
    }
    this.#over(1006, '');
  }

  /** Everything of one direction stays in order, also when the delay changes. */
  #later(way: 'in' | 'out', act: () => void): void {
    const at = Math.max(performance.now() + this.#line.delayMs.get(), this.#lastAt[way]);
    this.#lastAt[way] = at;
    const wait = at - performance.now();
    if (wait <= 1) act();
    else setTimeout(() => !this.#isOver && act(), wait);
  }

  #over(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#line.remove(this);
    this.#line.note(`closed ${code} ${reason}`.trim());
    if (code === 1006) this.onerror?.(new Error('connection lost'));
    this.onclose?.({ code, reason });
  }
}
