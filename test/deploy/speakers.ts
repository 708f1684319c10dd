import { setTimeout as wait } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { until } from '../harness/until.ts';

/** Clients of all five dialects in one conversation, who speak on and on, and come back by themselves. */

export const conversationId = '77';

type Payload = { readonly [key: string]: unknown };

/** One message as somebody heard it. */
export type Heard = { readonly id: number; readonly text: string };

export abstract class Speaker implements Disposable {
  readonly name: string;
  readonly heard: Heard[] = [];
  /** What was said, whether anybody has answered or not. */
  readonly said: string[] = [];
  /** What was said and not answered yet. */
  readonly outstanding = new Set<string>();

  constructor(name: string) {
    this.name = name;
  }

  /** Hears from now on what is said. */
  abstract entered(): Promise<void>;
  protected abstract utter(text: string): void;
  abstract [Symbol.dispose](): void;

  say(): void {
    const text = `${this.name} ${this.said.length}`;
    this.said.push(text);
    this.outstanding.add(text);
    this.utter(text);
  }
}

type Protocol = {
  readonly namespace: string;
  readonly enter: readonly [event: string, payload: unknown] | undefined;
  say(text: string, clientMessageId: string): [event: string, payload: Payload];
  readonly hears: string;
  read(payload: Payload): Heard;
};

const heard = (id: unknown, text: unknown): Heard => ({ id: Number(id), text: String(text) });

export const protocols = {
  kenz: {
    namespace: '/',
    enter: undefined,
    say: (message, clientMessageId) => ['send_message', { chatId: 77, message, clientMessageId }],
    hears: 'receive_message',
    read: (payload) => heard(payload.id, payload.message),
  },
  support: {
    namespace: '/',
    enter: ['joinChat', conversationId],
    say: (text, clientMessageId) => ['sendMessage', { chatId: conversationId, message: { text, clientMessageId } }],
    hears: 'newMessage',
    read: (payload) => heard(payload.id, payload.text),
  },
  direct: {
    namespace: '/',
    enter: ['join_conversation', 77],
    say: (content, clientMessageId) => ['send_message', { conversationId: 77, content, clientMessageId }],
    hears: 'new_message',
    read: (payload) => heard(payload.id, payload.content),
  },
  messaging: {
    namespace: '/chat',
    enter: ['joinRoom', conversationId],
    say: (content, clientMessageId) => ['sendMessage', { roomId: conversationId, content, clientMessageId }],
    hears: 'newMessage',
    read: (payload) => heard(payload.id, payload.content),
  },
} as const satisfies { readonly [dialect: string]: Protocol };

/** An unmodified client of today, its library's own repetitions switched on. */
export class SocketIoSpeaker extends Speaker {
  readonly socket: Socket;
  readonly #protocol: Protocol;
  connects = 0;
  /** Times that it came back to another session than its own. */
  lost = 0;

  constructor(
    address: string,
    dialect: keyof typeof protocols,
    token: string,
    name: string,
    transports: readonly string[],
  ) {
    super(name);
    this.#protocol = protocols[dialect];
    this.socket = io(address + this.#protocol.namespace, {
      forceNew: true,
      transports: [...transports],
      auth: { token, dialect },
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
      retries: 50,
      ackTimeout: 3_000,
    });
    this.socket.on('connect', () => {
      this.connects++;
      if (this.connects > 1 && !this.socket.recovered) this.lost++;
    });
    this.socket.on(this.#protocol.hears, (payload: Payload) => this.heard.push(this.#protocol.read(payload)));
  }

  /** `node1`, from the id of its connection. */
  get node(): string | undefined {
    return this.socket.io.engine.id?.split('.')[0];
  }

  async entered(): Promise<void> {
    const { enter } = this.#protocol;
    await until(
      () => this.socket.connected,
      () => `${this.name} is not connected`,
    );
    if (enter) await this.socket.emitWithAck(...(enter as [string, unknown]));
  }

  protected utter(text: string): void {
    const [event, payload] = this.#protocol.say(text, text);
    this.socket.emit(event, payload, (error: unknown) => {
      if (!error) this.outstanding.delete(text);
    });
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

/** A plain WebSocket that asks for what it missed, and says again what it has not heard. */
export class RoomsSpeaker extends Speaker {
  readonly #url: string;
  readonly #token: string;
  #websocket: WebSocket | undefined;
  #hasEntered = false;
  readonly #saidAgain = new Set<string>();
  #isClosed = false;
  connects = 0;

  constructor(address: string, token: string, name: string) {
    super(name);
    this.#url = `${address.replace('http', 'ws')}/ws/chat/${conversationId}/`;
    this.#token = token;
    this.#connect();
  }

  #connect(): void {
    const after = this.heard.at(-1)?.id;
    const websocket = new WebSocket(after === undefined ? this.#url : `${this.#url}?after=${after}`, {
      headers: { authorization: `Bearer ${this.#token}` },
    });
    this.#websocket = websocket;
    websocket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Payload;
      if (frame.type === 'room_users_list') {
        this.connects++;
        this.#hasEntered = true;
        for (const text of this.outstanding) {
          this.#saidAgain.add(text);
          this.utter(text);
        }
      }
      if (frame.type !== 'chat_message') return;
      const message = heard(frame.message_id, frame.message);
      this.outstanding.delete(message.text);
      const isRepeat = this.heard.some(({ id }) => id === message.id);
      // Who says again what was kept already hears it again, alone: that is the answer.
      if (!(isRepeat && this.#saidAgain.delete(message.text))) this.heard.push(message);
    });
    websocket.on('error', () => undefined);
    websocket.on('close', () => {
      if (!this.#isClosed) void wait(100).then(() => this.#isClosed || this.#connect());
    });
  }

  async entered(): Promise<void> {
    await until(
      () => this.#hasEntered,
      () => `${this.name} is not in the room`,
    );
  }

  protected utter(text: string): void {
    if (this.#websocket?.readyState !== WebSocket.OPEN) return;
    this.#websocket.send(JSON.stringify({ message: text, clientMessageId: text }));
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#websocket?.terminate();
  }
}
