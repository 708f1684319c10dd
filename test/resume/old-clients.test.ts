import { expect, test } from 'vitest';
import { type Client, dial } from '../harness/clients.ts';
import { quietMoment, until } from '../harness/until.ts';
import { ann, bob, openScene } from './scene.ts';

const named = ({ heard }: Client, name: string) => heard.filter((one) => one.name === name && !one.isAck);
const ages = [{ age: 2 }, { age: 3 }, { age: 4 }] as const;

test.for(ages)(
  'no handler of a client of age $age ever gets an argument that its document does not show',
  async ({ age }) => {
    await using scene = await openScene();
    for (const id of ['42', '77']) await scene.found(id, ['1', '2'], 'open');
    const as = { token: scene.house.token(bob), age, by: age === 2 ? ('query' as const) : ('auth' as const) };
    for (let visit = 0; visit < 2; visit++) {
      const chat = dial(scene.wire.address, 'kenz', as);
      const rooms = [['polling'], ['polling', 'websocket']].map((transports) =>
        dial(scene.wire.address, 'messaging', { ...as, transports }),
      );
      const clients = [chat, ...rooms];
      for (const client of clients) await client.connected();
      for (const room of rooms) room.say('joinRoom', ['42'], true);
      chat.say('join_conversation', [77], true);
      chat.say('joinChat', ['42'], false);
      // Refused: an error that is a string there, and an object here.
      chat.say('sendMessage', [{ chatId: '42' }], true);
      for (const room of rooms) room.say('sendMessage', [{ roomId: '42' }], true);
      await until(
        () => clients.every((client) => named(client, 'error').length === 1),
        () => JSON.stringify(clients.map(({ heard }) => heard)),
      );
      await scene.sayMany('42', '1', 1, 20);
      await until(
        () => rooms.every((room) => named(room, 'newMessage').length === 20),
        () => JSON.stringify(rooms.map(({ heard }) => heard.length)),
      );
      await quietMoment();
      scene.wire.cut();
      for (const client of clients) {
        expect(client.objections).toEqual([]);
        if (age === 2) expect(client.offsets).toEqual([]);
        client.close();
      }
    }
  },
);

test.for(ages.slice(0, 2))(
  'a client of age $age joins again and asks for what it missed, as it always did',
  async ({ age }) => {
    await using scene = await openScene();
    await scene.found('42', ['1', '2'], 'open');
    const as = { token: scene.house.token(ann), age, by: age === 2 ? ('query' as const) : ('auth' as const) };
    const said: string[] = [];
    const heard: string[] = [];
    for (let visit = 0; visit < 3; visit++) {
      said.push(...(await scene.sayMany('42', '2', 1, 10)));
      const client = dial(scene.wire.address, 'messaging', as);
      await client.connected();
      client.say('joinRoom', ['42'], true);
      client.say('syncMessages', [{ roomId: '42', lastMessageId: heard.at(-1) ?? '0', limit: 500 }], true);
      await until(
        () => named(client, 'syncComplete').length === 1,
        () => JSON.stringify(client.heard),
      );
      said.push(...(await scene.sayMany('42', '2', 1, 10)));
      await until(
        () => heard.length + named(client, 'newMessage').length >= said.length,
        () => `${named(client, 'newMessage').length}`,
      );
      heard.push(...named(client, 'newMessage').map(({ payload }) => (payload as { id: string }).id));
      client.close();
    }
    expect(heard).toEqual([...said].sort((one, other) => Number(one) - Number(other)));
  },
);
