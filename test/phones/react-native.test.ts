import { expect, test, vi } from 'vitest';
import { patienceMs, until } from '../harness/until.ts';
import { ann, openScene, type Scene } from '../resume/scene.ts';
import { ioInReactNative, type PhoneSocket } from './react-native.ts';

type Message = { readonly content: string };

/** A phone in messaging: what it heard there, and why it was turned away. */
function pickUp({ wire }: Scene, age: 2 | 3 | 4, options: object) {
  const socket = ioInReactNative(age)(`${wire.address}/chat`, { reconnectionDelay: 10, ...options });
  const heard: string[] = [];
  const refused: string[] = [];
  socket.on('newMessage', ({ content }: Message) => heard.push(content));
  // Clients of the second age hear of it by the event of that name.
  for (const event of ['connect_error', 'error']) {
    socket.on(event, (error: Error | string) => refused.push(typeof error === 'string' ? error : error.message));
  }
  const isIn = () =>
    until(
      () => socket.connected,
      () => `not let in: ${refused}`,
    );
  const hears = (count: number) =>
    until(
      () => heard.length >= count,
      () => `heard ${heard}`,
    );
  return { socket, heard, refused, isIn, hears, [Symbol.dispose]: () => void socket.disconnect() };
}

const ask = (socket: PhoneSocket, event: string, payload: unknown): Promise<unknown> =>
  new Promise((resolve) => void socket.emit(event, payload, resolve));

const header = (token: string) => ({ extraHeaders: { Authorization: `Bearer ${token}` } });
const query = (token: string) => ({ query: { token } });
const auth = (token: string) => ({ auth: { token } });
const bySocket = { transports: ['websocket'] };

test.for([
  { age: 4, how: 'by websocket, with auth', options: (token: string) => ({ ...bySocket, ...auth(token) }) },
  { age: 4, how: 'by websocket, with a header', options: (token: string) => ({ ...bySocket, ...header(token) }) },
  { age: 4, how: 'as it likes, with auth', options: auth },
  {
    age: 4,
    how: 'by polling, with a header',
    options: (token: string) => ({ transports: ['polling'], ...header(token) }),
  },
  { age: 3, how: 'by websocket, with auth', options: (token: string) => ({ ...bySocket, ...auth(token) }) },
  { age: 3, how: 'as it likes, with auth', options: auth },
  { age: 2, how: 'by websocket, with a query', options: (token: string) => ({ ...bySocket, ...query(token) }) },
  { age: 2, how: 'by websocket, with a header', options: (token: string) => ({ ...bySocket, ...header(token) }) },
  { age: 2, how: 'as it likes, with a query', options: query },
] as const)('socket.io-client $age talks and hears in React Native, $how', async ({ age, options }) => {
  await using scene = await openScene();
  using phone = pickUp(scene, age, options(scene.house.token(ann)));
  await phone.isIn();
  expect(await ask(phone.socket, 'joinRoom', 'tea')).toEqual({ event: 'joinedRoom', data: 'tea' });
  await ask(phone.socket, 'sendMessage', { roomId: 'tea', content: 'Чай? 🫖' });
  await scene.say('tea', '2', 'Gladly');
  await phone.hears(2);
  expect(phone.heard).toEqual(['Чай? 🫖', 'Gladly']);
  expect(phone.refused).toEqual([]);
});

test('an app that hangs up in the background hears what it missed when it dials again', async () => {
  await using scene = await openScene();
  await scene.found('tea', ['1', '2'], 'open');
  using phone = pickUp(scene, 4, { ...bySocket, ...auth(scene.house.token(ann)) });
  await phone.isIn();
  await ask(phone.socket, 'joinRoom', 'tea');
  for (const visit of [0, 1]) {
    phone.socket.disconnect();
    for (const text of ['one', 'two', 'three']) await scene.say('tea', '2', `${visit} ${text}`);
    if (visit === 1) await scene.house.restart();
    phone.socket.connect();
    await phone.isIn();
    expect(phone.socket.recovered).toBe(true);
    await phone.hears(3 * visit + 3);
  }
  await scene.say('tea', '2', 'now');
  await phone.hears(7);
  expect(phone.heard).toEqual(['0 one', '0 two', '0 three', '1 one', '1 two', '1 three', 'now']);
});

test('an app whose token has ended while it slept is told so, and comes in with a new one', async () => {
  await using scene = await openScene();
  await scene.found('tea', ['1', '2'], 'open');
  let token = scene.house.token(ann);
  using phone = pickUp(scene, 4, { ...bySocket, auth: (give: (auth: object) => void) => give({ token }) });
  await phone.isIn();
  await ask(phone.socket, 'joinRoom', 'tea');
  phone.socket.disconnect();
  token = scene.house.token({ ...ann, exp: 1 });
  phone.socket.connect();
  await until(
    () => phone.refused.length > 0,
    () => 'was not told',
  );
  expect(phone.refused).toEqual(['Authentication error']);
  // The library does not try again by itself what the server has refused.
  expect(phone.socket.active).toBe(false);
  await scene.say('tea', '2', 'Still there?');
  token = scene.house.token(ann);
  phone.socket.connect();
  await phone.isIn();
  await phone.hears(1);
  expect(phone.heard).toEqual(['Still there?']);
});

test('an app whose library sends again what was not answered says it once', async () => {
  await using scene = await openScene();
  await scene.found('tea', ['1', '2'], 'open');
  const patience = { retries: 10, ackTimeout: 500 };
  using phone = pickUp(scene, 4, { ...bySocket, ...auth(scene.house.token(ann)), ...patience });
  await phone.isIn();
  const answered: unknown[] = [];
  const say = (content: string) =>
    phone.socket.emit('sendMessage', { roomId: 'tea', content, clientMessageId: content }, (error: unknown) =>
      answered.push(error),
    );
  const history = async (): Promise<string[]> => {
    const { json } = await scene.house.call('GET', '/api/v1/conversations/tea/messages', 'host');
    return (json as { messages: { text: string }[] }).messages.map(({ text }) => text);
  };
  // Without an answer of their own these would hold up what stands behind them.
  phone.socket.emit('joinRoom', 'tea');
  phone.socket.emit('heartbeat');
  phone.socket.emit('typingIndicator', { roomId: 'tea', isTyping: true });
  say('One');
  await until(
    () => answered.length === 1,
    () => 'is not answered',
  );
  scene.wire.stall();
  say('Two');
  say('Three');
  await vi.waitFor(async () => expect(await history()).toContain('Two'), { timeout: patienceMs });
  scene.wire.cut();
  scene.wire.flow();
  await until(
    () => answered.length === 3,
    () => `answered: ${answered}`,
  );
  expect(answered).toEqual([null, null, null]);
  expect(await history()).toEqual(['One', 'Two', 'Three']);
});
