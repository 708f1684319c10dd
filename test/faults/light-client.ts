import { WebSocket } from 'ws';

/** The frames of Socket.IO over a websocket by hand: thousands of these fit into one process. Comes back by itself, and resumes. */
export class LightClient implements Disposable {
  readonly #url: string;
  readonly #token: string;
  readonly #retryMs: number;
  #socket: WebSocket | undefined;
  #pid: string | undefined;
  #offset: string | undefined;
  #isOver = false;
  /** When it was last let in, last lost its connection, and last heard a message. */
  connectedAt = 0;
  lostAt = 0;
  heardAt = 0;
  isConnected = false;
  connects = 0;
  recoveries = 0;
  /** The ids of all messages that it heard. */
  readonly ids: number[] = [];
  /** The answers to what it asked for, by the number it asked under. */
  readonly answers = new Map<number, unknown>();

  constructor(address: string, token: string, retryMs = 100) {
    this.#url = `${address.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
    this.#token = token;
    this.#retryMs = retryMs;
    this.#connect();
  }

  /** Speaks as kenz does. */
  say(chatId: string, message: string, ack: number): void {
    this.#socket?.send(`42${ack}${JSON.stringify(['send_message', { chatId, message }])}`);
  }

  #connect(): void {
    if (this.#isOver) return;
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    this.#socket = socket;
    socket.on('message', (data) => this.#hear(socket, String(data)));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.isConnected) this.lostAt = performance.now();
      this.isConnected = false;
      setTimeout(() => this.#connect(), this.#retryMs * (0.5 + Math.random()));
    });
  }

  #hear(socket: WebSocket, text: string): void {
    if (text.startsWith('0')) {
      const session = this.#pid === undefined ? {} : { pid: this.#pid, offset: this.#offset };
      socket.send(`40${JSON.stringify({ token: this.#token, ...session })}`);
    } else if (text === '2') {
      socket.send('3');
    } else if (text.startsWith('40')) {
      const { pid } = JSON.parse(text.slice(2)) as { pid: string };
      if (pid === this.#pid) this.recoveries++;
      this.#pid = pid;
      this.isConnected = true;
      this.connects++;
      this.connectedAt = performance.now();
    } else if (text.startsWith('42')) {
      const [event, payload] = JSON.parse(text.slice(2)) as [string, unknown];
      if (event === 'position') this.#offset = payload as string;
      else if (event === 'receive_message') {
        this.ids.push((payload as { id: number }).id);
        this.heardAt = performance.now();
      }
    } else if (text.startsWith('43')) {
      const at = text.indexOf('[');
      this.answers.set(Number(text.slice(2, at)), (JSON.parse(text.slice(at)) as unknown[])[0]);
    }
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#socket?.terminate();
  }
}
