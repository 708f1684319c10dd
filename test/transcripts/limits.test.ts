import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { DialectName } from '../../src/dialects/dialect.ts';
import { dialectNames } from '../../src/dialects/dialect.ts';
import { type Client, dial } from '../harness/clients.ts';
import { type OpenHouse, openHouse, type Settings } from '../harness/house.ts';

/** A house and clients of one user or more in it. */
class Guests implements AsyncDisposable {
  readonly house: OpenHouse;
  readonly #clients: Client[] = [];

  private constructor(house: OpenHouse) {
    this.house = house;
  }

  static async invite(settings: Settings): Promise<Guests> {
    return new Guests(await openHouse(settings));
  }

  async come(dialect: DialectName, sub = '1'): Promise<Client> {
    const client = dial(this.house.address, dialect, { token: this.house.token({ sub }), room: 'general/' });
    this.#clients.push(client);
    await client.connected();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.house[Symbol.asyncDispose]();
  }
}

/** The next frame of this name; what comes before it is passed over. */
async function next(client: Client, name: string, isAck = false): Promise<unknown> {
  for (;;) {
    const heard = await client.next(name);
    if (heard.name === name && (heard.isAck ?? false) === isAck) return heard.payload;
  }
}

const send: { readonly [D in DialectName]: (text: string) => [event: string, payload: object] } = {
  kenz: (message) => ['send_message', { chatId: 'general', message }],
  support: (text) => ['sendMessage', { chatId: 'general', text }],
  direct: (content) => ['send_message', { conversationId: 'general', content }],
  messaging: (content) => ['sendMessage', { roomId: 'general', content }],
  rooms: (message) => ['', { message }],
};

describe('messages', () => {
  test.each(dialectNames)('a user who sends too fast is refused in %s, and told when to come back', async (dialect) => {
    await using guests = await Guests.invite({ MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '4' });
    const client = await guests.come(dialect);
    for (let n = 0; n < 6; n++) {
      const [event, payload] = send[dialect](`${n}`);
      client.say(event, [payload], false);
    }
    const refusal = await next(client, 'error');
    if (dialect === 'messaging') {
      expect(refusal).toEqual({
        code: 'RATE_LIMITED',
        message: expect.any(String),
        event: 'sendMessage',
        retryAfterMs: expect.any(Number),
      });
    }
    expect(JSON.stringify(refusal)).toMatch(/[Tt]oo many/);
  });

  test('all dialects and HTTP draw on one allowance of the user', async () => {
    await using guests = await Guests.invite({ MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '4' });
    const room = await guests.come('rooms');
    await next(room, 'user_join');
    for (let n = 0; n < 3; n++) room.say('', [{ message: `${n}` }], false);
    for (let n = 0; n < 3; n++) await next(room, 'chat_message');
    const kenz = await guests.come('kenz');
    kenz.say('send_message', [{ chatId: 'general', message: 'too fast' }], false);
    expect(await next(kenz, 'error')).toMatch(/[Tt]oo many/);
    const path = '/api/v1/conversations/general/messages';
    const caller = { token: guests.house.token({ sub: '1' }) };
    const refused = await guests.house.call('POST', path, caller, { text: 'too fast' });
    expect(refused.status).toBe(429);
    expect(refused.json).toMatchObject({ error: { retryAfterMs: expect.any(Number) } });
    const other = await guests.come('rooms', '2');
    await next(other, 'user_join');
    other.say('', [{ message: 'another user may' }], false);
    expect(await next(other, 'chat_message')).toMatchObject({ message: 'another user may' });
    const { retryAfterMs } = (refused.json as { error: { retryAfterMs: number } }).error;
    await wait(retryAfterMs);
    room.say('', [{ message: 'rested' }], false);
    expect(await next(room, 'chat_message')).toMatchObject({ message: 'another user may' });
    expect(await next(room, 'chat_message')).toMatchObject({ message: 'rested' });
  });

  test('what was refused for another reason does not count', async () => {
    await using guests = await Guests.invite({ MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '3' });
    const client = await guests.come('messaging');
    for (let n = 0; n < 10; n++) {
      client.say('sendMessage', [{ roomId: 'general', content: 'Hi', replyToId: '999999' }], false);
      expect(await next(client, 'error')).toMatchObject({ code: 'MESSAGE_NOT_FOUND' });
    }
    client.say('sendMessage', [{ roomId: 'general', content: 'Hi' }], false);
    expect(await next(client, 'messageSent')).toMatchObject({ status: 'sent' });
  });

  test('a repeat of what was accepted is answered however fast it comes', async () => {
    await using guests = await Guests.invite({ MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '3' });
    const client = await guests.come('kenz');
    const payload = { chatId: 'general', message: 'Once', clientMessageId: 'c1' };
    client.say('send_message', [payload], true);
    const first = await next(client, 'send_message', true);
    for (let n = 0; n < 2; n++) {
      client.say('send_message', [payload], true);
      expect(await next(client, 'send_message', true)).toEqual(first);
    }
  });

  test('one user brings only so many conversations into being', async () => {
    await using guests = await Guests.invite({ CONVERSATIONS_PER_USER: '2' });
    const client = await guests.come('messaging');
    for (const id of ['a', 'b']) {
      client.say('joinRoom', [id], false);
      expect(await next(client, 'joinedRoom')).toBe(id);
    }
    client.say('joinRoom', ['c'], false);
    expect(await next(client, 'error')).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
    client.say('sendMessage', [{ roomId: 'd', content: 'Hi' }], false);
    expect(await next(client, 'error')).toMatchObject({ code: 'RATE_LIMITED' });
    client.say('joinRoom', ['a'], false);
    expect(await next(client, 'joinedRoom')).toBe('a');
  });
});

describe('events', () => {
  test('too many are refused, each acknowledgement is called, and the connection stays', async () => {
    await using guests = await Guests.invite({ EVENTS_PER_SECOND: '5', EVENT_BURST: '10' });
    const client = await guests.come('messaging');
    for (let n = 0; n < 30; n++) client.say('heartbeat', [], true);
    const acks: unknown[] = [];
    for (let n = 0; n < 30; n++) acks.push(await next(client, 'heartbeat', true));
    expect(acks.slice(0, 10)).toEqual(new Array(10).fill({}));
    expect(acks.at(-1)).toEqual({
      event: 'error',
      data: {
        code: 'RATE_LIMITED',
        message: expect.any(String),
        event: 'heartbeat',
        retryAfterMs: expect.any(Number),
      },
    });
    expect(client.end).toBeUndefined();
    await wait(2500);
    client.say('heartbeat', [], true);
    expect(await next(client, 'heartbeat', true)).toEqual({});
    expect(client.objections).toEqual([]);
  });

  test('one connection of a user does not eat the events of another', async () => {
    await using guests = await Guests.invite({ EVENTS_PER_SECOND: '5', EVENT_BURST: '10' });
    const busy = await guests.come('messaging');
    const calm = await guests.come('messaging');
    for (let n = 0; n < 30; n++) busy.say('heartbeat', [], false);
    await next(busy, 'error');
    calm.say('heartbeat', [], true);
    expect(await next(calm, 'heartbeat', true)).toEqual({});
  });

  test('ten seconds of nothing but refusals end the connection, and no other', async () => {
    await using guests = await Guests.invite({ EVENTS_PER_SECOND: '1', EVENT_BURST: '1' });
    const flooding = await guests.come('rooms');
    const calm = await guests.come('messaging');
    const flood = setInterval(() => flooding.say('', [{ message: '' }], false), 20);
    const end = await flooding.ended().catch(() => flooding.ended());
    clearInterval(flood);
    expect(end.code).toBe(1008);
    expect(calm.end).toBeUndefined();
  });
});

describe('sizes', () => {
  test.each(dialectNames)(
    'a message of 500 KB is refused in %s, and one above 1 MB ends the connection',
    async (dialect) => {
      await using guests = await Guests.invite({});
      const client = await guests.come(dialect);
      const [event, payload] = send[dialect]('x'.repeat(500_000));
      client.say(event, [payload], false);
      expect(JSON.stringify(await next(client, 'error'))).toMatch(/too large/);
      expect(client.end).toBeUndefined();
      const [, tooMuch] = send[dialect]('x'.repeat(1_100_000));
      client.say(event, [tooMuch], false);
      const end = await client.ended();
      if (dialect === 'rooms') expect(end.code).toBe(1009);
    },
  );

  test('what stands beside the text has its own limit', async () => {
    await using guests = await Guests.invite({});
    const client = await guests.come('messaging');
    const metadata = { much: 'x'.repeat(60_000) };
    client.say('sendMessage', [{ roomId: 'general', content: 'y'.repeat(16_384), metadata }], false);
    expect(await next(client, 'messageSent')).toMatchObject({ status: 'sent' });
    client.say('sendMessage', [{ roomId: 'general', content: 'y', metadata: { much: 'x'.repeat(70_000) } }], false);
    expect(await next(client, 'error')).toMatchObject({ code: 'TOO_LARGE' });
  });
});

describe('connections', () => {
  test.each(['kenz', 'rooms'] as const)('a user has only so many (%s)', async (dialect) => {
    await using guests = await Guests.invite({ CONNECTIONS_PER_USER: '2' });
    await guests.come(dialect);
    await guests.come('messaging');
    const third = dial(guests.house.address, dialect, { token: guests.house.token({ sub: '1' }), room: 'general/' });
    const end = await third.ended();
    if (dialect === 'rooms') expect(end.code).toBe(1013);
    await guests.come(dialect, '2');
  });
});
