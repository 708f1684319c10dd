import type { DialectName } from '../../src/dialects/dialect.ts';
import { dialectNames } from '../../src/dialects/dialect.ts';
import { type Client, dial } from '../harness/clients.ts';
import { type OpenHouse, openHouse, type Settings } from '../harness/house.ts';
import { until } from '../harness/until.ts';

/** Five users, one in each dialect, together in one conversation. */

export { dialectNames };

export const conversationId = '77';

export const userIds: { readonly [D in DialectName]: string } = {
  kenz: '1',
  support: '2',
  direct: '3',
  messaging: '4',
  rooms: '5',
};

type Payload = { readonly [key: string]: unknown };

/** How each dialect says a text. */
const speech: { readonly [D in DialectName]: (text: string, more: Payload) => [event: string, payload: Payload] } = {
  kenz: (message, more) => ['send_message', { chatId: 77, message, ...more }],
  support: (text, more) => ['sendMessage', { chatId: '77', message: { text, ...more } }],
  direct: (content, more) => ['send_message', { conversationId: 77, content, ...more }],
  messaging: (content, more) => ['sendMessage', { roomId: '77', content, ...more }],
  rooms: (message, more) => ['', { message, ...more }],
};

/** A message however it was written. */
export type Said = {
  readonly id: string;
  readonly in: string | undefined;
  readonly by: string;
  readonly text: string;
  /** To the second. */
  readonly at: string;
};

const ears: { readonly [D in DialectName]: { readonly event: string; read(payload: Payload): Said } } = {
  kenz: { event: 'receive_message', read: (p) => said(p.id, p.chat_id, p.sender_id, p.message, p.created_at) },
  support: { event: 'newMessage', read: (p) => said(p.id, p.chatId, p.senderId, p.text, p.createdAt) },
  direct: { event: 'new_message', read: (p) => said(p.id, p.conversation_id, p.sender_id, p.content, p.created_at) },
  messaging: { event: 'newMessage', read: (p) => said(p.id, p.roomId, p.sender, p.content, p.timestamp) },
  rooms: { event: 'chat_message', read: (p) => said(p.message_id, undefined, p.sender_id, p.message, p.timestamp) },
};

function said(id: unknown, where: unknown, by: unknown, text: unknown, at: unknown): Said {
  return {
    id: String(id),
    in: where === undefined ? undefined : String(where),
    by: String(by),
    text: String(text),
    at: String(at).slice(0, 19),
  };
}

export class Five implements AsyncDisposable {
  readonly house: OpenHouse;
  readonly clients = new Map<DialectName, Client>();

  private constructor(house: OpenHouse) {
    this.house = house;
  }

  /** Everybody has come in, and what they heard on the way is forgotten. */
  static async gather(settings: Settings = {}): Promise<Five> {
    const five = new Five(await openHouse({ MESSAGE_BURST: '1000', ...settings }));
    for (const name of ['rooms', 'messaging', 'support', 'direct', 'kenz'] as const) await five.#enter(name);
    await five.hush();
    return five;
  }

  token(name: DialectName): string {
    const sub = userIds[name];
    return this.house.token({ sub, name: `user ${sub}`, email: `${sub}@example.org` });
  }

  async #enter(name: DialectName): Promise<void> {
    const client = dial(this.house.address, name, { token: this.token(name), room: `${conversationId}/` });
    this.clients.set(name, client);
    await client.connected();
    if (name === 'rooms') return void (await this.next(name, 'user_join'));
    if (name === 'messaging') client.say('joinRoom', [conversationId], false);
    if (name === 'messaging') return void (await this.next(name, 'joinedRoom'));
    if (name === 'support') client.say('joinChat', [conversationId], false);
    if (name === 'support') return void (await this.next(name, 'joinedChat'));
    if (name === 'direct') client.say('join_conversation', [77], true);
    if (name === 'direct') return void (await this.next(name, 'join_conversation'));
    // Its documents know no other way in than to speak.
    this.says('kenz', 'I am here');
    await this.hears('kenz');
  }

  of(name: DialectName): Client {
    const client = this.clients.get(name);
    if (!client) throw new Error(`Nobody speaks ${name}`);
    return client;
  }

  says(name: DialectName, text: string, more: Payload = {}): void {
    const [event, payload] = speech[name](text, more);
    this.of(name).say(event, [payload], false);
  }

  /** The next frame of this name that somebody hears; what they hear before it is passed over. */
  async next(name: DialectName, event: string): Promise<Payload> {
    const { heard } = this.of(name);
    const at = await until(
      () => {
        const found = heard.findIndex((one) => one.name === event);
        return found < 0 ? undefined : { found };
      },
      () => `${name} hears no ${event}, but ${JSON.stringify(heard)}`,
    );
    const [frame] = heard.splice(0, at.found + 1).slice(-1);
    return frame?.payload as Payload;
  }

  /** The next message that somebody hears, as it was written to them. */
  message(name: DialectName): Promise<Payload> {
    return this.next(name, ears[name].event);
  }

  /** The next message that somebody hears. */
  async hears(name: DialectName): Promise<Said> {
    return ears[name].read(await this.message(name));
  }

  /** The messages that somebody has heard and not been asked about. */
  heardBy(name: DialectName): Said[] {
    return this.of(name)
      .heard.filter((one) => one.name === ears[name].event)
      .map((one) => ears[name].read(one.payload as Payload));
  }

  /** Waits until everybody has heard everything, by a last message of the host's, and forgets it all. */
  async hush(): Promise<void> {
    const sender = { senderId: userIds.rooms, text: 'hush' };
    await this.house.call('POST', `/api/v1/conversations/${conversationId}/messages`, 'host', sender);
    for (const name of this.clients.keys()) {
      while ((await this.hears(name)).text !== 'hush') {}
    }
    for (const client of this.clients.values()) client.heard.length = 0;
  }

  /** Frames that no document shows. */
  get objections(): string[] {
    return [...this.clients.values()].flatMap((client) => client.objections);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients.values()) client.close();
    await this.house[Symbol.asyncDispose]();
  }
}
