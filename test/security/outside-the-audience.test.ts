import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DialectName, dialectNames } from '../../src/dialects/dialect.ts';
import { type Client, dial } from '../harness/clients.ts';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { until } from '../harness/until.ts';

/**
 * An oracle: it knows who is a member of what, and reads every frame that anybody hears, and every answer over HTTP. What is
 * said in a conversation bears its mark; whoever comes by a mark must be a member, or have been one until that very moment.
 */

const users = ['ann', 'bob', 'cat', 'eve'] as const;
type User = (typeof users)[number];
const places = ['mark-g1', 'mark-g2', 'mark-d', 'mark-s'] as const;
type Place = (typeof places)[number];
const groups: readonly Place[] = ['mark-g1', 'mark-g2'];

const step = fc.record({
  does: fc.constantFrom(
    'says',
    'says',
    'says',
    'joins',
    'joins',
    'types',
    'marks',
    'adds',
    'removes',
    'edits',
    'reads',
    'leaves',
  ),
  who: fc.constantFrom(...users),
  in: fc.constantFrom(...dialectNames),
  at: fc.constantFrom(...places),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** How each dialect enters, speaks, types and reads; a plain WebSocket is in by its address, and can only speak. */
const phrases: {
  readonly [D in DialectName]: (
    at: Place,
    text: string,
  ) => { readonly [does in Step['does']]?: readonly [string, unknown] };
} = {
  kenz: (chatId, message) => ({ says: ['send_message', { chatId, message }] }),
  support: (chatId, text) => ({
    says: ['sendMessage', { chatId, message: { text } }],
    joins: ['joinChat', chatId],
    types: ['typing', { chatId, isTyping: true }],
    marks: ['getActiveUsers', chatId],
  }),
  direct: (conversationId, content) => ({
    says: ['send_message', { conversationId, content, toUserId: 'bob' }],
    joins: ['join_conversation', conversationId],
    types: ['typing_start', { conversationId, toUserId: 'bob' }],
    marks: ['mark_read', { conversationId }],
  }),
  messaging: (roomId, content) => ({
    says: ['sendMessage', { roomId, content }],
    joins: ['joinRoom', roomId],
    types: ['typingIndicator', { roomId, isTyping: true }],
    marks: ['syncMessages', { roomId, lastMessageId: '0', limit: 50 }],
  }),
  rooms: (_at, message) => ({ says: ['', { message }] }),
};

class Oracle {
  readonly #house: OpenHouse;
  readonly #members = new Map<Place, Set<User>>();
  readonly #clients: {
    readonly user: User;
    readonly dialect: DialectName;
    readonly at: Place | undefined;
    readonly client: Client;
    read: number;
  }[] = [];
  readonly #lastMessage = new Map<Place, string>();
  #said = 0;
  /** How often a member came by what they may know, or somebody else was kept from it. */
  readonly found = { heard: 0, kept: 0 };

  constructor(house: OpenHouse) {
    this.#house = house;
  }

  token = (user: User) => ({ token: this.#house.token({ sub: user }) });

  async open(): Promise<void> {
    const kinds = { 'mark-g1': 'group', 'mark-g2': 'group', 'mark-d': 'direct', 'mark-s': 'support' } as const;
    for (const [id, kind] of Object.entries(kinds)) {
      const members: User[] = kind === 'support' ? ['cat'] : ['ann', 'bob'];
      const { status } = await this.#house.call('POST', '/api/v1/conversations', 'host', { id, kind, members });
      expect(status).toBe(201);
      this.#members.set(id as Place, new Set(members));
    }
    for (const user of users) {
      for (const dialect of dialectNames) {
        for (const at of dialect === 'rooms' ? groups : [undefined]) await this.#connect(user, dialect, at);
      }
    }
  }

  async #connect(user: User, dialect: DialectName, at: Place | undefined): Promise<void> {
    const client = dial(this.#house.address, dialect, { ...this.token(user), ...(at && { room: `${at}/` }) });
    this.#clients.push({ user, dialect, at, client, read: 0 });
    await client.connected();
  }

  async take(step: Step): Promise<void> {
    const before = new Map([...this.#members].map(([at, members]) => [at, new Set(members)]));
    await this.#do(step);
    await this.#settled();
    for (const one of this.#clients) {
      const frames = one.client.exchanged.slice(one.read).filter(({ id }) => !id.startsWith('client.'));
      one.read = one.client.exchanged.length;
      for (const frame of frames)
        this.#judge(one.user, JSON.stringify(frame), before, `${one.dialect} after ${JSON.stringify(step)}`);
    }
  }

  async #do({ does, who, in: dialect, at }: Step): Promise<void> {
    const members = this.#members.get(at) ?? new Set();
    const path = `/api/v1/conversations/${at}`;
    if (does === 'adds' || does === 'removes') {
      if (!groups.includes(at)) return;
      const url = does === 'adds' ? `${path}/members` : `${path}/members/${who}`;
      const { status } = await this.#house.call(
        does === 'adds' ? 'POST' : 'DELETE',
        url,
        'host',
        does === 'adds' ? { userId: who } : undefined,
      );
      if (status >= 300) return;
      if (does === 'adds') members.add(who);
      else members.delete(who);
      // Whoever was put out of a room, or could not enter it, knocks again.
      for (const one of this.#clients.filter(({ client, at }) => at !== undefined && client.end !== undefined)) {
        this.#clients.splice(this.#clients.indexOf(one), 1);
        await this.#connect(one.user, one.dialect, one.at);
      }
    } else if (does === 'leaves') {
      if (!groups.includes(at)) return;
      const { status } = await this.#house.call('POST', `${path}/leave`, this.token(who));
      if (status < 300) members.delete(who);
    } else if (does === 'edits') {
      const url = `${path}/messages/${this.#lastMessage.get(at) ?? '1'}`;
      await this.#house.call('PATCH', url, this.token(who), { text: `edited ${at} ${++this.#said}` });
    } else if (does === 'reads') {
      for (const url of [
        path,
        `${path}/messages`,
        `${path}/members`,
        `${path}/read`,
        '/api/v1/conversations',
        '/api/v1/search?q=mark',
      ]) {
        const { json } = await this.#house.call('GET', url, this.token(who));
        this.#judge(who, JSON.stringify(json), this.#members, url);
      }
    } else {
      const phrase = phrases[dialect](at, `said ${at} ${++this.#said}`)[does];
      const one = this.#clients.find((one) => one.user === who && one.dialect === dialect && (one.at ?? at) === at);
      if (phrase && one && one.client.end === undefined) one.client.say(phrase[0], [phrase[1]], false);
    }
    const { json } = await this.#house.call('GET', `${path}/messages?limit=1`, 'host');
    const [last] = (json as { messages?: readonly { id: string }[] }).messages ?? [];
    if (last) this.#lastMessage.set(at, last.id);
  }

  /** Everybody has been answered to something that was asked after all this. */
  async #settled(): Promise<void> {
    await Promise.all(
      this.#clients.map(async ({ client, dialect }) => {
        if (client.end !== undefined) return;
        const errors = () => client.exchanged.filter(({ id }) => id === 'server.error').length;
        const before = errors();
        client.say('no such event', dialect === 'rooms' ? ['no JSON'] : [], false);
        await until(
          () => client.end !== undefined || errors() > before,
          () => `${dialect} answers nothing`,
        );
      }),
    );
  }

  #judge(user: User, text: string, before: ReadonlyMap<Place, ReadonlySet<User>>, where: string): void {
    for (const place of places) {
      if (!text.includes(place)) {
        if (!this.#members.get(place)?.has(user)) this.found.kept++;
        continue;
      }
      const isMember = this.#members.get(place)?.has(user) || before.get(place)?.has(user);
      expect(isMember, `${user} is no member of ${place}, and came by ${text.slice(0, 400)} (${where})`).toBe(true);
      this.found.heard++;
    }
  }

  close(): void {
    for (const { client } of this.#clients) client.close();
  }
}

test('nobody comes by what is said where they are no member, whatever happens, in any dialect or over HTTP', {
  timeout: 60_000,
}, async () => {
  await using house = await openHouse({ MESSAGES_PER_SECOND: '10000', EVENTS_PER_SECOND: '10000' });
  const oracle = new Oracle(house);
  await oracle.open();
  for (const one of fc.sample(step, { seed: 20_261_121, numRuns: 250 })) await oracle.take(one);
  oracle.close();
  expect(oracle.found.heard).toBeGreaterThan(200);
  expect(oracle.found.kept).toBeGreaterThan(200);
});
