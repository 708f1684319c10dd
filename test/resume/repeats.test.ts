import { expect, test } from 'vitest';
import { dial } from '../harness/clients.ts';
import { quietMoment, until } from '../harness/until.ts';
import { Listener } from './listener.ts';
import { ann, bob, openScene, type Scene } from './scene.ts';

const text = 'said once';

type Id = number | string;

/** Says the same under the same id, and resolves with the ids of the message it was answered with. */
type Way = { readonly name: string; say(scene: Scene, clientMessageId: string): Promise<Id[]> };

const viaSocketIo = (
  name: string,
  namespace: '/' | '/chat',
  event: string,
  payload: (clientMessageId: string) => object,
  id: (answer: never) => Id,
): Way => ({
  name,
  async say(scene, clientMessageId) {
    using client = new Listener(scene.house.address + namespace, scene.house.token(ann));
    await client.connected();
    const asked = Array.from({ length: 5 }, () => client.ask(event, payload(clientMessageId)));
    return (await Promise.all(asked)).map((answer) => id(answer as never));
  },
});

const ways: readonly Way[] = [
  viaSocketIo(
    'kenz',
    '/',
    'send_message',
    (clientMessageId) => ({ chatId: '42', message: text, clientMessageId }),
    ({ id }: { id: number }) => id,
  ),
  viaSocketIo(
    'support',
    '/',
    'sendMessage',
    (clientMessageId) => ({ chatId: '42', text, clientMessageId }),
    ({ data }: { data: { id: string } }) => data.id,
  ),
  viaSocketIo(
    'messaging',
    '/chat',
    'sendMessage',
    (clientMessageId) => ({ roomId: '42', content: text, metadata: { clientMessageId } }),
    ({ data }: { data: { id: string } }) => data.id,
  ),
  viaSocketIo(
    'direct',
    '/',
    'send_message',
    (clientMessageId) => ({ conversationId: 42, content: text, clientMessageId }),
    ({ id }: { id: number }) => id,
  ),
  {
    name: 'rooms',
    async say(scene, clientMessageId) {
      const client = dial(scene.house.address, 'rooms', { token: scene.house.token(ann), room: '42/?after=999999' });
      await client.connected();
      const repeats = 5;
      for (let n = 0; n < repeats; n++) client.say('', [{ message: text, clientMessageId }], false);
      const heard = () =>
        client.heard.flatMap(({ name, payload }) =>
          name === 'chat_message' ? [(payload as { message_id: string }).message_id] : [],
        );
      await until(
        () => heard().length >= repeats,
        () => `${JSON.stringify(client.heard)}`,
      );
      client.close();
      return heard();
    },
  },
  {
    name: 'http',
    async say(scene, clientMessageId) {
      const path = '/api/v1/conversations/42/messages';
      const caller = { token: scene.house.token(ann) };
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => scene.house.call('POST', path, caller, { text, clientMessageId })),
      );
      return answers.map(({ json }) => (json as { id: string }).id);
    },
  },
];

test('a send that is repeated, at the same time and over a restart, in every dialect, is one message', async () => {
  await using scene = await openScene();
  await scene.found('42', ['1', '2'], 'open');
  const listener = await scene.listen('/', bob);
  const answered: Id[] = [];
  const all = async (clientMessageId: string) => {
    const each = await Promise.all(ways.map((way) => way.say(scene, clientMessageId)));
    answered.push(...each.flat());
    return each.flat().map(String);
  };
  const first = new Set(await all('one'));
  expect(first.size).toBe(1);
  await scene.house.restart();
  await listener.connected(2);
  expect(new Set(await all('one'))).toEqual(first);
  await listener.hears('receive_message', 1);
  await quietMoment();
  expect(listener.fields('receive_message', 'id').map(String)).toEqual([...first]);
});

test.for(ways)('$name: another id, another user and another conversation are other messages', async ({ say }) => {
  await using scene = await openScene();
  await scene.found('42', ['1', '2'], 'open');
  const [one, two] = [new Set(await say(scene, 'one')), new Set(await say(scene, 'two'))];
  expect([one.size, two.size]).toEqual([1, 1]);
  expect([...two][0]).not.toBe([...one][0]);
  const caller = { token: scene.house.token(bob) };
  const bobs = await scene.house.call('POST', '/api/v1/conversations/42/messages', caller, {
    text,
    clientMessageId: 'one',
  });
  expect(bobs.status).toBe(201);
});
