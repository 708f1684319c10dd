import type { Client } from './client.ts';
import { startsWith } from './frames.ts';
import {
  connected as brokerConnected,
  connectPacket,
  published,
  publishPacket,
  subscribed,
  subscribePacket,
} from './mqtt.ts';

type Greeting = { readonly say?: string | Buffer; readonly expect: string | Buffer };

/** How a client of each server speaks: enough of its protocol to connect, join, send, and tell deliveries from answers. */
export type Protocol = {
  /** Of the websocket; undefined where MQTT is spoken over TCP. */
  path(token: string, room: string): string | undefined;
  /** Said in this order; each is followed by waiting for its answer. */
  greetings(token: string, room: string, hello: string): readonly Greeting[];
  /** Said by whoever is connected, to join one more conversation; undefined where a connection has one. */
  joins?(room: string): Greeting;
  /** A message. `text` needs no escaping. */
  message(room: string, text: string, ack: number): string | Buffer;
  /** What the frame of a delivered message begins with. */
  readonly delivery: Buffer;
  /** What the answer to a send begins with; undefined where the delivery to oneself is the answer. */
  readonly answer: Buffer | undefined;
  /** What the refusal of a send begins with, where it can be told from everything else. */
  readonly refusal?: Buffer;
};

const engineIo = () => '/socket.io/?EIO=4&transport=websocket';
const connected = (namespace = '') => ({ expect: `40${namespace}{` });
const auth = (token: string, namespace = '', more: object = {}) =>
  `40${namespace}${JSON.stringify({ token, ...more })}`;

/** Socket.IO sends one packet to say hello, one that answers the `40`, and then events. */
const greet = (token: string, namespace: string, dialect: string | undefined) => [
  { expect: '0{' },
  { say: auth(token, namespace, dialect ? { dialect } : {}), ...connected(namespace) },
];

const bytes = (text: string) => Buffer.from(text);

const joinPeer = (room: string) => ({ say: `420["join",${JSON.stringify(room)}]`, expect: '430[' });

/** The peers on Socket.IO, bare and in NestJS. */
const socketIo: Protocol = {
  path: engineIo,
  greetings: (token, room) => [...greet(token, '', undefined), joinPeer(room)],
  joins: joinPeer,
  message: (room, text, ack) => `42${ack}["send",{"room":"${room}","text":"${text}"}]`,
  delivery: bytes('42["message"'),
  answer: bytes('43'),
};

const ws: Protocol = {
  path: (token, room) => `/?room=${room}&token=${token}`,
  greetings: () => [{ expect: '{"type":"joined"' }],
  message: (_room, text) => `{"text":"${text}"}`,
  delivery: bytes('{"type":"message"'),
  answer: bytes('{"type":"sent"'),
};

/** No token, nothing to answer with, and no JSON: what a broker does besides handing on. */
const mqtt: Protocol = {
  path: () => undefined,
  greetings: (_token, room) => [
    { say: connectPacket(), expect: brokerConnected },
    { say: subscribePacket(room), expect: subscribed },
  ],
  message: publishPacket,
  delivery: published,
  answer: undefined,
};

const rooms: Protocol = {
  path: (token, room) => `/ws/chat/${room}/?token=${token}`,
  greetings: () => [{ expect: '{"type":"room_users_list"' }],
  message: (_room, text) => `{"message":"${text}"}`,
  delivery: bytes('{"type":"chat_message"'),
  answer: undefined,
  refusal: bytes('{"type":"error"'),
};

const kenz: Protocol = {
  path: engineIo,
  // Speaking is entering.
  greetings: (token, room, hello) => [
    ...greet(token, '', 'kenz'),
    { say: `420["send_message",{"chatId":"${room}","message":"${hello}"}]`, expect: '430[' },
  ],
  message: (room, text, ack) => `42${ack}["send_message",{"chatId":"${room}","message":"${text}"}]`,
  delivery: bytes('42["receive_message"'),
  answer: bytes('43'),
};

const support: Protocol = {
  path: engineIo,
  greetings: (token, room) => [
    ...greet(token, '', 'support'),
    { say: `42["joinChat","${room}"]`, expect: '42["joinedChat"' },
  ],
  message: (room, text) => `42["sendMessage",{"chatId":"${room}","text":"${text}"}]`,
  delivery: bytes('42["newMessage"'),
  answer: bytes('42["messageSent"'),
};

const joinMessaging = (room: string) => ({
  say: `42/chat,["joinRoom","${room}"]`,
  expect: '42/chat,["joinedRoom"',
});

const messaging: Protocol = {
  path: engineIo,
  greetings: (token, room) => [...greet(token, '/chat,', undefined), joinMessaging(room)],
  joins: joinMessaging,
  message: (room, text) => `42/chat,["sendMessage",{"roomId":"${room}","content":"${text}"}]`,
  delivery: bytes('42/chat,["newMessage"'),
  answer: bytes('42/chat,["messageSent"'),
  refusal: bytes('42/chat,["error"'),
};

const direct: Protocol = {
  path: engineIo,
  greetings: (token, room) => [
    ...greet(token, '', 'direct'),
    { say: `420["join_conversation",{"conversationId":"${room}"}]`, expect: '430[' },
  ],
  message: (room, text, ack) => `42${ack}["send_message",{"conversationId":"${room}","content":"${text}"}]`,
  delivery: bytes('42["new_message"'),
  answer: bytes('43'),
};

export const protocols = { socketIo, ws, mqtt, rooms, kenz, support, messaging, direct };

const answerTimeoutMs = 60_000;

/** Brings a client to where it hears its room. `onFrame` is told every frame on the way. */
export function joinRoom(
  client: Client,
  protocol: Protocol,
  token: string,
  room: string,
  hello: string,
  onFrame?: (bytes: Buffer, start: number, end: number) => void,
): Promise<void> {
  return converse(client, protocol.greetings(token, room, hello), onFrame);
}

/** Brings a client that is connected into more conversations, one after the other. */
export async function joinMore(client: Client, { joins }: Protocol, rooms: readonly string[]): Promise<void> {
  if (rooms.length === 0) return;
  if (!joins) throw new Error('A connection of this kind has one conversation.');
  await converse(
    client,
    rooms.map((room) => joins(room)),
  );
}

async function converse(
  client: Client,
  steps: readonly Greeting[],
  onFrame?: (bytes: Buffer, start: number, end: number) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let step = 0;
  const timer = setTimeout(
    () => reject(new Error(`No answer that begins with ${JSON.stringify(String(steps[step]?.expect))}.`)),
    answerTimeoutMs,
  );
  const advance = () => {
    const next = steps[step];
    if (next?.say !== undefined) client.send(next.say);
    else if (!next) resolve();
  };
  client.listener = {
    onText(_client, heard, start, end) {
      onFrame?.(heard, start, end);
      const expected = steps[step]?.expect;
      if (expected === undefined || !startsWith(heard, start, end, Buffer.from(expected))) return;
      step++;
      advance();
    },
  };
  advance();
  try {
    await client.opened;
    await promise;
  } finally {
    clearTimeout(timer);
    client.listener = undefined;
  }
}
