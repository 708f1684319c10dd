import { io, type Socket } from 'socket.io-client';
import type { TokenSource } from './http-api.ts';
import type { ConnectionState } from './model.ts';
import { Observable } from './observable.ts';
import { fieldsOf, numberOf, someText, textOf } from './reading.ts';

/** How the server answered an event of messaging. */
export type Answer =
  | { readonly is: 'done'; readonly payload: unknown }
  | { readonly is: 'refused'; readonly code: string; readonly why: string; readonly retryAfterMs: number | undefined }
  /** Nobody knows whether the server has heard it. */
  | { readonly is: 'unanswered' };

const answerPatienceMs = 15_000;
/** Users who do nothing for a while count as away because these stop. */
const heartbeatEveryMs = 25_000;

/**
 * The connection: messaging's namespace, and on the same transport the shared namespace as direct, for the two events
 * that find a user wherever they are. Coming back is the library's own connection-state recovery.
 */
export class Link {
  readonly state = new Observable<ConnectionState>({ is: 'connecting' });
  readonly #chat: Socket;
  readonly #notices: Socket;
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #isActive = true;
  /** The name of the log's history, as places in the log begin with it. */
  #history: string | undefined;

  /**
   * `onOnline` runs after each connecting, before anything else is heard; `resumed` when nothing was missed. `onOtherHistory` runs
   * soon after one behind which a backup was restored: ids name other messages there.
   */
  constructor(address: string, token: TokenSource, onOnline: (resumed: boolean) => void, onOtherHistory: () => void) {
    const auth = (more: object) => (give: (auth: object) => void) => {
      Promise.resolve(token()).then(
        (known) => give({ token: known, ...more }),
        () => give(more),
      );
    };
    const options = {
      autoConnect: false,
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
      withCredentials: false,
    };
    this.#chat = io(`${address}/chat`, { ...options, forceNew: true, auth: auth({}) });
    this.#notices = this.#chat.io.socket('/', { auth: auth({ dialect: 'direct' }) });
    this.#chat.on('connect', () => {
      const resumed = this.#chat.recovered;
      this.state.set({ is: 'online', resumed });
      this.#beat();
      onOnline(resumed);
    });
    this.#chat.on('disconnect', (reason) => {
      if (this.state.get().is === 'closed') return;
      if (reason === 'io server disconnect') this.#refuse('The server has ended this session.');
      else this.#wait(navigatorIsOffline() ? 'This device is offline.' : 'The connection was lost.');
    });
    this.#chat.on('connect_error', (error) => {
      // The library tries again by itself unless it was the server that said no.
      if (this.#chat.active)
        this.#wait(navigatorIsOffline() ? 'This device is offline.' : 'The server cannot be reached.');
      else if (error.message === 'Authentication error') this.#refuse('The token is not valid, or has expired.');
      else this.#refuse(error.message);
    });
    this.#chat.on('position', (place: unknown) => {
      const history = textOf(place).split('.')[0];
      const isOther = this.#history !== undefined && this.#history !== history;
      this.#history = history;
      if (isOther) onOtherHistory();
    });
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatEveryMs);
  }

  open(): void {
    this.#chat.connect();
    this.#notices.connect();
  }

  /** Does not wait for the next attempt. */
  retryNow(): void {
    if (this.#chat.connected) return;
    this.#chat.disconnect();
    this.#notices.disconnect();
    // Whoever was told that there is no connection goes on being told so until there is one.
    if (this.state.get().is === 'waiting') this.#wait('Connecting…');
    else this.state.set({ is: 'connecting' });
    this.open();
  }

  close(): void {
    clearInterval(this.#heartbeat);
    this.state.set({ is: 'closed' });
    this.#chat.disconnect();
    this.#notices.disconnect();
  }

  get isOnline(): boolean {
    return this.#chat.connected;
  }

  /** Resolves when nobody is connecting for the first time any more: at once, mostly. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.state.get().is === 'connecting') return;
        end();
        resolve();
      };
      const end = this.state.subscribe(look);
      look();
    });
  }

  /** Inactive users count as away after the server's time for that. */
  setActive(isActive: boolean): void {
    const wasActive = this.#isActive;
    this.#isActive = isActive;
    if (isActive && !wasActive) this.#beat();
  }

  /** An event of messaging. */
  onChat(event: string, listener: (payload: unknown) => void): void {
    this.#chat.on(event, listener);
  }

  /** An event of direct. */
  onNotice(event: string, listener: (payload: unknown) => void): void {
    this.#notices.on(event, listener);
  }

  /** Asks and waits for the acknowledgement. Says nothing while there is no connection: nothing is kept for later. */
  async ask(event: string, payload: unknown): Promise<Answer> {
    if (!this.#chat.connected) return { is: 'unanswered' };
    try {
      const answer = fieldsOf(await this.#chat.timeout(answerPatienceMs).emitWithAck(event, payload));
      if (answer.event !== 'error') return { is: 'done', payload: answer.data };
      const { code, message, retryAfterMs } = fieldsOf(answer.data);
      return {
        is: 'refused',
        code: textOf(code),
        why: someText(message) ?? 'The server refused this.',
        retryAfterMs: retryAfterMs === undefined ? undefined : numberOf(retryAfterMs),
      };
    } catch {
      return { is: 'unanswered' };
    }
  }

  /** Says what needs no answer. False while there is no connection: then it is not said, and not kept. */
  tell(event: string, payload: unknown): boolean {
    if (!this.#chat.connected) return false;
    this.#chat.emit(event, payload);
    return true;
  }

  #beat(): void {
    if (this.#isActive) this.tell('heartbeat', null);
  }

  #wait(why: string): void {
    const state = this.state.get();
    if (state.is === 'waiting' && state.why === why) return;
    this.state.set({ is: 'waiting', why, since: state.is === 'waiting' ? state.since : Date.now() });
  }

  #refuse(why: string): void {
    this.state.set({ is: 'refused', why });
  }
}

const navigatorIsOffline = (): boolean => typeof navigator !== 'undefined' && navigator.onLine === false;
