import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../harness/until.ts';
import { ann, openScene, type Scene } from '../resume/scene.ts';
import { dartWebSocket, type FlutterOptions, FlutterSocket } from './flutter.ts';

const dial = ({ house, wire }: Scene, options: Omit<FlutterOptions, 'token'>, token = house.token(ann)) =>
  new FlutterSocket(wire.address, { ...options, token });

const lines = [
  { line: 1, by: 'query' },
  { line: 1, by: 'header' },
  { line: 2, by: 'auth' },
  { line: 2, by: 'header' },
  { line: 3, by: 'auth' },
  { line: 3, by: 'query' },
] as const;

test.for(lines)('socket_io_client $line, its token in $by, talks and hears in messaging', async ({ line, by }) => {
  await using scene = await openScene();
  using phone = dial(scene, { line, by, namespace: '/chat' });
  await phone.connected();
  expect(await phone.ask('joinRoom', 'tea')).toEqual({ event: 'joinedRoom', data: 'tea' });
  const sent = await phone.ask('sendMessage', { roomId: 'tea', content: 'Чай? 🫖' });
  expect(sent).toMatchObject({ event: 'messageSent', data: { status: 'sent' } });
  await scene.say('tea', '2', 'Gladly');
  expect(await phone.hears('newMessage', 2)).toMatchObject([{ content: 'Чай? 🫖' }, { content: 'Gladly' }]);
  expect(phone.calls.filter(({ argument }) => Array.isArray(argument))).toEqual([]);
});

test.for(lines)('socket_io_client $line, its token in $by, talks and hears in kenz', async ({ line, by }) => {
  await using scene = await openScene();
  using phone = dial(scene, { line, by, namespace: '/' });
  await phone.connected();
  const payload = { chatId: 7, message: 'Tea?', type: 'text', file_url: null };
  expect(await phone.ask('send_message', payload)).toMatchObject({ chat_id: 7, sender_id: 1, message: 'Tea?' });
  expect(await phone.hears('receive_message', 1)).toMatchObject([{ chat_id: 7, message: 'Tea?' }]);
  expect(await phone.ask('send_message', { chatId: 7 })).toMatchObject({ event: 'error' });
});

test('socket_io_client 3 comes back to its session by itself, also when it had heard nothing', async () => {
  await using scene = await openScene();
  await scene.found('7', ['1', '2'], 'open');
  using phone = dial(scene, { line: 3, by: 'auth', namespace: '/chat' });
  await phone.connected();
  phone.cut();
  await until(
    () => !phone.isConnected,
    () => 'the cut was not noticed',
  );
  phone.forgetPlace();
  phone.connect();
  await phone.connected();
  expect(phone.isRecovered).toBe(true);
  expect(await phone.ask('joinRoom', '7')).toEqual({ event: 'joinedRoom', data: '7' });
  phone.cut();
  await until(
    () => !phone.isConnected,
    () => 'the cut was not noticed',
  );
  for (const text of ['one', 'two', 'three']) await scene.say('7', '2', text);
  phone.connect();
  await phone.connected();
  expect(phone.isRecovered).toBe(true);
  const heard = await phone.hears('newMessage', 3);
  expect(heard).toMatchObject([{ content: 'one' }, { content: 'two' }, { content: 'three' }]);
});

test.for([
  { line: 1, by: 'query', words: 'Authentication error' },
  { line: 2, by: 'auth', words: { message: 'Authentication error' } },
  { line: 3, by: 'auth', words: { message: 'Authentication error' } },
] as const)('socket_io_client $line is told that its token is not good', async ({ line, by, words }) => {
  await using scene = await openScene();
  using phone = dial(scene, { line, by, namespace: '/' }, 'nonsense');
  await until(
    () => phone.refusal !== undefined,
    () => 'was not told',
  );
  expect(phone.refusal).toEqual(words);
});

test('one that was left at its standard transports, and asks for polling by websocket, is closed at once', async () => {
  await using scene = await openScene();
  const websocket = dartWebSocket(`${scene.wire.address.replace('http', 'ws')}/socket.io/?EIO=4&transport=polling`);
  await until(
    () => websocket.readyState === WebSocket.CLOSED,
    () => 'is not closed',
  );
});

/** A channel of web_socket_channel in a room, with what it hears. */
function enter(scene: Scene, path: string, headers?: { readonly [name: string]: string }) {
  const channel = dartWebSocket(`${scene.wire.address.replace('http', 'ws')}/ws/chat/${path}`, headers);
  const frames: { readonly type?: string; readonly message?: string; readonly message_id?: string }[] = [];
  let pongs = 0;
  let closeCode: number | undefined;
  channel.on('message', (data) => frames.push(JSON.parse(String(data))));
  channel.on('pong', () => pongs++);
  channel.on('close', (code) => {
    closeCode = code;
  });
  const said = () => frames.filter(({ type }) => type === 'chat_message');
  const hears = (count: number) =>
    until(
      () => said().length >= count && said(),
      () => `${closeCode} ${JSON.stringify(frames)}`,
    );
  return {
    channel,
    hears,
    entered: () =>
      until(
        () => frames.some(({ type }) => type === 'user_join'),
        () => `${closeCode} ${JSON.stringify(frames)}`,
      ),
    answered: () =>
      until(
        () => pongs > 0,
        () => 'no pong',
      ),
    closed: () =>
      until(
        () => closeCode,
        () => 'is not closed',
      ),
    [Symbol.dispose]: () => channel.terminate(),
  };
}

test('web_socket_channel talks in a room, is answered its pings, and comes back behind what it knows', async () => {
  await using scene = await openScene();
  const token = scene.house.token(ann);
  using before = enter(scene, 'tea/', { Authorization: `Bearer ${token}` });
  await before.entered();
  before.channel.send(JSON.stringify({ message: 'Tea?' }));
  const [first] = await before.hears(1);
  before.channel.ping();
  await before.answered();
  // As it closes when its app is put away.
  before.channel.close(1001);
  expect(await before.closed()).toBe(1001);
  await scene.say('tea', '2', 'Gladly');
  using after = enter(scene, `tea/?after=${first?.message_id}&token=${token}`);
  expect(await after.hears(1)).toMatchObject([{ message: 'Gladly' }]);
});

test('web_socket_channel sees why it was turned away', async () => {
  await using scene = await openScene();
  using stranger = enter(scene, 'tea/?token=nonsense');
  expect(await stranger.closed()).toBe(4001);
});
