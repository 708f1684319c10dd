import { setTimeout as wait } from 'node:timers/promises';
import { type Client, readText, type World } from './client.ts';
import type { Caller, Http } from './http.ts';
import { Numbers } from './numbers.ts';
import type { Quote } from './quotes.ts';
import type { Random } from './random.ts';
import { emojiIndexOf, type HeldReaction } from './reactions.ts';
import type { FinalHistory, View } from './record.ts';
import { deleted } from './revisions.ts';
import { SocketIoClient } from './socket-io-client.ts';
import { type Frame, isFrame } from './speech.ts';

const pageEveryMs = 60;
const viewEveryMs = 120;
const markEveryMs = 100;
const guestEveryMs = 450;
const historyPage = 500;

export type ReadersParts = {
  readonly world: World;
  readonly http: Http;
  readonly host: Caller;
  readonly clients: readonly Client[];
  readonly random: Random;
};

/** Everybody who reads over HTTP, marks as read, or comes and goes as a member, until told to stop. */
export class Readers {
  readonly #parts: ReadersParts;
  readonly #running: Promise<void>[] = [];
  #isOver = false;

  constructor(parts: ReadersParts) {
    this.#parts = parts;
    const { clients } = parts;
    const members = clients.filter(({ heard }) => heard.rule !== 'guest');
    this.#repeat(pageEveryMs, () => this.#readPage(parts.random.of(members)));
    this.#repeat(viewEveryMs, () => this.#look(parts.random.of(members)));
    this.#repeat(markEveryMs, async () => {
      const client = parts.random.of(members);
      if (client instanceof SocketIoClient) client.markRead(parts.random.of(client.parts.listensIn));
    });
    for (const guest of clients.filter(({ heard }) => heard.rule === 'guest'))
      this.#running.push(this.#comeAndGo(guest));
  }

  /** Guests are members when it resolves. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#running);
  }

  /** What every member sees of its conversations once nothing happens any more. */
  async lookAtAll(): Promise<void> {
    const { clients, world } = this.#parts;
    for (const client of clients.filter(({ heard }) => heard.rule !== 'guest')) {
      for (const conversation of client.parts.listensIn) {
        await until(async () => {
          const view = await this.#view(client, conversation);
          if (view) world.record.lastViews.push(view);
          return view !== undefined;
        });
      }
    }
  }

  #repeat(everyMs: number, once: () => Promise<void>): void {
    const loop = async () => {
      while (!this.#isOver) {
        await wait(everyMs);
        // No answer is no reading: the server may be down just now.
        await once().catch(() => undefined);
      }
    };
    this.#running.push(loop());
  }

  async #readPage(client: Client): Promise<void> {
    const { world, http, random } = this.#parts;
    const conversation = random.of(client.parts.listensIn);
    const name = world.conversations[conversation] as string;
    // Every other page shows whether one's own newest message is there.
    const own =
      client.said.length > 0 && random.next() < 0.5
        ? client.said.ids.at(client.said.length - 1 - client.outstanding.size)
        : 0;
    const newest = own || client.newestIn(conversation);
    const after = newest === 0 || random.next() < 0.3 ? undefined : Math.max(0, newest - random.between(1, 600));
    const limit = random.of([20, 100, 500]);
    const askedAt = world.now();
    const query = after === undefined ? `limit=${limit}` : `limit=${limit}&after=${after}`;
    const { status, json } = await http.call('GET', `/api/v1/conversations/${name}/messages?${query}`, tokenOf(client));
    if (status !== 200 || !isFrame(json) || !Array.isArray(json.messages)) return;
    const messages = json.messages as Frame[];
    const ids = messages.map(({ id }) => Number(id));
    const isRevised = conversation === world.revised;
    const readings = isRevised ? messages.map((message) => readMessage(message).reading) : [];
    const held = isRevised ? messages.flatMap((message) => readReactions(message, world)) : [];
    const { hasMore } = json;
    const count = ids.length;
    const { name: who } = client.parts;
    world.record.pages.push({
      who,
      conversation,
      after,
      limit,
      askedAt,
      shows: 'all',
      ids,
      readings,
      ...(isRevised ? { reactions: { held, cameAt: world.now() } } : {}),
      hasMore: hasMore === true,
      count,
    });
  }

  async #look(client: Client): Promise<void> {
    const { world, random } = this.#parts;
    const view = await this.#view(client, random.of(client.parts.listensIn));
    if (view) world.record.views.push(view);
  }

  async #view(client: Client, conversation: number): Promise<View | undefined> {
    const { world, http } = this.#parts;
    const askedAt = world.now();
    const path = `/api/v1/conversations/${world.conversations[conversation]}`;
    const { status, json } = await http.call('GET', path, tokenOf(client));
    if (status !== 200 || !isFrame(json)) return undefined;
    return {
      user: client.parts.index,
      conversation,
      askedAt,
      readCursor: Number(json.readCursor ?? 0),
      unreadCount: Number(json.unreadCount),
      messageCount: Number(json.messageCount),
      lastMessageId: Number(json.lastMessageId ?? 0),
    };
  }

  async #comeAndGo(guest: Client): Promise<void> {
    const { world, http, host, random } = this.#parts;
    const [conversation = 0] = guest.parts.listensIn;
    const members = `/api/v1/conversations/${world.conversations[conversation]}/members`;
    for (;;) {
      await until(async () => (await http.call('POST', members, host, { userId: guest.parts.userId })).status < 300);
      await wait(random.between(guestEveryMs, 4 * guestEveryMs));
      if (this.#isOver) return;
      await until(async () => {
        const { status } = await http.call('DELETE', `${members}/${guest.parts.userId}`, host);
        return status < 300 || status === 404;
      });
      await wait(random.between(guestEveryMs / 3, guestEveryMs));
    }
  }
}

/** Everything that is left in a conversation, read page by page by the host. */
export async function readHistory(http: Http, host: Caller, world: World, conversation: string): Promise<FinalHistory> {
  const reactions: HeldReaction[] = [];
  const quotes: Quote[] = [];
  const ids = new Numbers();
  const keys = new Numbers();
  const readings = new Numbers();
  let after = 0;
  for (let hasMore = true; hasMore; ) {
    const path = `/api/v1/conversations/${conversation}/messages?limit=${historyPage}&after=${after}`;
    const { status, json } = await http.call('GET', path, host);
    if (status !== 200 || !isFrame(json))
      throw new Error(`The history of ${conversation} was answered with ${status}.`);
    for (const message of json.messages as Frame[]) {
      const { key, reading } = readMessage(message);
      after = Number(message.id);
      ids.push(after);
      keys.push(key);
      readings.push(reading);
      reactions.push(...readReactions(message, world));
      quotes.push(...readQuote(message));
    }
    hasMore = json.hasMore === true;
  }
  return { ids, keys, readings, reactions, quotes };
}

/** A text under another's clientMessageId, or one that is left of a deleted message, is nobody's. */
function readMessage({ text, clientMessageId, deletedAt }: Frame): { readonly key: number; readonly reading: number } {
  if (deletedAt !== undefined) {
    return { key: text === '' ? Number.parseInt(String(clientMessageId), 36) || 0 : 0, reading: deleted };
  }
  const { key, reading } = readText(String(text));
  return { key: clientMessageId === key.toString(36) ? key : 0, reading };
}

/** Those of strangers, or with strange emojis, are told by numbers that nobody here has. */
function readReactions({ id, reactions = [] }: Frame, world: World): HeldReaction[] {
  return (reactions as Frame[]).flatMap(({ emoji: word, userIds }) => {
    const emoji = emojiIndexOf(word);
    return (userIds as string[]).map((userId) => ({ user: world.userIndex(userId), messageId: Number(id), emoji }));
  });
}

function readQuote({ id, replyToId, replyTo }: Frame): Quote[] {
  if (replyToId === undefined) return [];
  const quoted = isFrame(replyTo) ? readMessage(replyTo) : { key: 0, reading: deleted };
  return [{ messageId: Number(id), replyToId: Number(replyToId), ...quoted }];
}

function tokenOf({ parts }: Client): Caller {
  return { token: parts.world.token(parts.userId) };
}

/** Tries until it succeeds; what fails meanwhile may have happened all the same. */
async function until(attempt: () => Promise<boolean>): Promise<void> {
  while (!(await attempt().catch(() => false))) await wait(100);
}
