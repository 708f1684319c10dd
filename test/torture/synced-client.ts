import { io, type Socket } from 'socket.io-client';
import { Client, type ClientParts } from './client.ts';
import { Heard } from './record.ts';
import { isFrame, speeches } from './speech.ts';

type Events = { [event: string]: (...args: unknown[]) => void };

const pageLimit = 200;
const comeBackMs = 150;
const idsKept = 4096;

/** What it knows of one room. */
type Room = {
  readonly conversation: number;
  readonly name: string;
  /** It has everything up to here; what it heard live may be beyond. */
  known: number;
  isSynced: boolean;
  /** Ids as they came, the newest last. */
  recent: number[];
};

/**
 * A client of the messaging document without a session to come back to: each time it joins its rooms anew and asks for what it
 * missed, as that document advises. It looks at ids itself.
 */
export class SyncedClient extends Client {
  readonly #rooms: readonly Room[];
  #socket: Socket<Events, Events>;
  #hasEnded = false;

  constructor(parts: ClientParts) {
    super(parts, new Heard(parts.name, 'synced'));
    this.#rooms = parts.listensIn.map((conversation) => ({
      conversation,
      name: parts.world.conversations[conversation] as string,
      known: 0,
      isSynced: false,
      recent: [],
    }));
    this.#socket = this.#connect();
  }

  get canSpeak(): boolean {
    return this.#socket.connected;
  }

  cut(): void {
    (this.#socket.io.engine as { close(): void } | undefined)?.close();
  }

  close(): void {
    this.#hasEnded = true;
    this.#socket.close();
  }

  protected utter(): void {
    throw new Error('A synced client only listens.');
  }

  #connect(): Socket<Events, Events> {
    const { wire, userId, world } = this.parts;
    const speech = speeches.messaging;
    const socket: Socket<Events, Events> = io(`http://127.0.0.1:${wire.port}${speech.namespace}`, {
      forceNew: true,
      transports: ['websocket'],
      query: { token: world.token(userId) },
      reconnection: false,
    });
    const since = world.now();
    const again = () => {
      socket.close();
      if (this.#hasEnded) return;
      setTimeout(() => {
        if (!this.#hasEnded && this.#socket === socket) this.#socket = this.#connect();
      }, comeBackMs);
    };
    socket.on('connect', () => {
      this.connection++;
      this.heard.connects.push({
        heardBefore: this.heard.ids.length,
        at: world.now(),
        from: undefined,
        isContinued: true,
        since,
        node: this.nodeOr0,
      });
      for (const room of this.#rooms) {
        room.isSynced = false;
        this.#join(socket, room);
      }
    });
    socket.on('disconnect', again);
    socket.on('connect_error', again);
    socket.on(speech.heard, (frame: unknown) => {
      if (!isFrame(frame)) return;
      const { conversation, id, text, answers } = speech.message(frame);
      this.hear(conversation, id, text, answers);
      const room = this.#rooms.find(({ name }) => name === conversation);
      if (!room) return;
      room.recent.push(id);
      if (room.recent.length > 2 * idsKept) room.recent = room.recent.slice(-idsKept);
      if (!room.isSynced) return;
      room.known = Math.max(room.known, id);
      this.#listensTo(room);
    });
    const { revising } = speech;
    socket.on(revising.edited, (frame: unknown) => {
      const { conversation, id, text } = revising.readEdit(isFrame(frame) ? frame : {});
      this.hearRevision(conversation, id, text);
    });
    socket.on(revising.deleted, (frame: unknown) => {
      const { conversation, id } = revising.readDeletion(isFrame(frame) ? frame : {});
      this.hearRevision(conversation, id, undefined);
    });
    return socket;
  }

  #join(socket: Socket<Events, Events>, room: Room): void {
    socket.emit('joinRoom', room.name, (answer: unknown) => {
      if (isFrame(answer) && answer.event === 'error') {
        setTimeout(() => socket.connected && this.#join(socket, room), comeBackMs);
        return;
      }
      this.#sync(socket, room);
    });
  }

  #sync(socket: Socket<Events, Events>, room: Room): void {
    const askedAt = this.world.now();
    const { surelyFrom } = this.parts.wire;
    const after = room.known;
    const question = { roomId: room.name, limit: pageLimit, ...(after === 0 ? {} : { lastMessageId: String(after) }) };
    socket.emit('syncMessages', question, (answer: unknown) => {
      const complete = isFrame(answer) && isFrame(answer.data) ? answer.data : {};
      if (isFrame(answer) && answer.event === 'error') {
        setTimeout(() => socket.connected && this.#sync(socket, room), comeBackMs);
        return;
      }
      const count = Number(complete.syncedMessageCount);
      const hasMore = complete.hasMore === true;
      // The page leaves right before its answer.
      const ids = count > 0 ? room.recent.slice(-count) : [];
      const { name: who } = this.parts;
      this.world.record.pages.push({
        who,
        conversation: room.conversation,
        after: after === 0 ? undefined : after,
        limit: pageLimit,
        askedAt,
        shows: surelyFrom === undefined ? 'none' : surelyFrom + 1,
        ids,
        hasMore,
        count,
      });
      room.known = Math.max(room.known, ids.at(-1) ?? 0);
      if (hasMore && after !== 0) this.#sync(socket, room);
      else {
        room.isSynced = true;
        for (const id of room.recent) room.known = Math.max(room.known, id);
        this.#listensTo(room);
      }
    });
  }

  /** From now on it can say after what it is to be told; not while the room is empty, and it would ask for the newest again. */
  #listensTo({ conversation, known }: Room): void {
    const { listensSince } = this.heard;
    if (known > 0 && !listensSince.has(conversation)) listensSince.set(conversation, this.world.now());
  }
}
