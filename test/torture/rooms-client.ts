import { WebSocket } from 'ws';
import { Client, type ClientParts } from './client.ts';
import { Heard } from './record.ts';
import { type Frame, isFrame } from './speech.ts';

const comeBackMs = 150;
/** Nothing but the message itself answers a send here, so a silent connection is asked again. */
const patienceMs = 4_000;
const lookEveryMs = 500;

/** A plain WebSocket in one room that asks for what it missed by the last id that it has heard. */
export class RoomsClient extends Client {
  readonly #room: number;
  readonly #triedAt = new Map<number, number>();
  readonly #look: NodeJS.Timeout;
  #socket: WebSocket | undefined;
  #newest = 0;
  #hasEnded = false;

  constructor(parts: ClientParts) {
    super(parts, new Heard(parts.name, 'ordered', { repeatsOf: parts.index }));
    this.#room = parts.listensIn[0] ?? 0;
    this.#connect();
    this.#look = setInterval(() => this.#askAgain(), lookEveryMs);
  }

  get canSpeak(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  cut(): void {
    this.#socket?.terminate();
  }

  close(): void {
    this.#hasEnded = true;
    clearInterval(this.#look);
    this.#socket?.terminate();
  }

  protected utter(turn: number, _conversation: string, message: string, clientMessageId: string): void {
    this.#triedAt.set(turn, this.world.now());
    this.#socket?.send(JSON.stringify({ message, clientMessageId }));
  }

  #askAgain(): void {
    const now = this.world.now();
    for (const turn of this.outstanding) if (now - (this.#triedAt.get(turn) ?? 0) > patienceMs) this.attempt(turn);
  }

  #connect(): void {
    const { wire, userId, world } = this.parts;
    const after = this.#newest === 0 ? '' : `?after=${this.#newest}`;
    const url = `ws://127.0.0.1:${wire.port}/ws/chat/${world.conversations[this.#room]}/${after}`;
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${world.token(userId)}` } });
    this.#socket = socket;
    const from = this.#newest;
    const since = world.now();
    socket.on('open', () => {
      this.connection++;
      this.heard.connects.push({
        heardBefore: this.heard.ids.length,
        at: world.now(),
        from: from === 0 ? undefined : from,
        isContinued: true,
        since,
        node: this.nodeOr0,
      });
      this.attemptAll();
    });
    socket.on('message', (data) => {
      const frame: unknown = JSON.parse(String(data));
      if (isFrame(frame)) this.#onFrame(frame);
      else this.heard.objections.push(`a frame that is no object`);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!this.#hasEnded) setTimeout(() => !this.#hasEnded && this.#connect(), comeBackMs);
    });
  }

  #onFrame(frame: Frame): void {
    if (frame.type !== 'chat_message') return;
    // Only who has heard something can say after what.
    const { listensSince } = this.heard;
    if (!listensSince.has(this.#room)) listensSince.set(this.#room, this.world.now());
    const id = Number(frame.message_id);
    const turn = this.hear(this.world.conversations[this.#room] as string, id, String(frame.message));
    this.#newest = Math.max(this.#newest, id);
    if (turn === undefined) return;
    this.#triedAt.delete(turn);
    this.answer(turn, id);
  }
}
