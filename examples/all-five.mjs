// Five clients, each of another API, in one conversation. Prints what each of them heard.
import { once } from 'node:events';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { signIn, url } from './sign-in.mjs';

const id = Date.now();
const heard = { rooms: [], messaging: [], support: [], direct: [], kenz: [] };
const hears = (name) => (text) => heard[name].push(text);
const user = async (id, name) => ({ forceNew: true, auth: { token: await signIn(id, name) } });

// Rooms: connecting is joining. The first to touch the id makes an open conversation of it.
const rooms = new WebSocket(`${url.replace('http', 'ws')}/ws/chat/${id}/?token=${await signIn('5', 'Roo')}`);
rooms.on('message', (data) => {
  const frame = JSON.parse(String(data));
  if (frame.type === 'chat_message') hears('rooms')(`${frame.sender_username} said: ${frame.message}`);
});
await once(rooms, 'message');

const messaging = io(`${url}/chat`, await user('4', 'Mel'));
messaging.on('newMessage', (message) => hears('messaging')(`user ${message.sender} said: ${message.content}`));
await messaging.emitWithAck('joinRoom', String(id));

const support = io(url, await user('2', 'Sam'));
support.on('newMessage', (message) => hears('support')(`user ${message.senderId} said: ${message.text}`));
await support.emitWithAck('joinChat', String(id));

const direct = io(url, await user('3', 'Dee'));
direct.on('new_message', (message) => hears('direct')(`user ${message.sender_id} said: ${message.content}`));
await direct.emitWithAck('join_conversation', id);

const kenz = io(url, await user('1', 'Kim'));
kenz.on('receive_message', (message) => hears('kenz')(`user ${message.sender_id} said: ${message.message}`));
await kenz.emitWithAck('send_message', { chatId: id, message: 'kenz here' });

await support.emitWithAck('sendMessage', { chatId: String(id), message: { text: 'support here' } });
await direct.emitWithAck('send_message', { conversationId: id, content: 'direct here' });
await messaging.emitWithAck('sendMessage', { roomId: String(id), content: 'messaging here' });
rooms.send(JSON.stringify({ message: 'rooms here' }));

while (Object.values(heard).some((texts) => texts.length < 5)) await new Promise((resolve) => setTimeout(resolve, 10));
for (const [name, texts] of Object.entries(heard)) console.log(`${name} heard\n  ${texts.join('\n  ')}`);
for (const client of [rooms, messaging, support, direct, kenz]) client.close();
