// support: a client opens a chat, an admin takes it up. Everything is answered by an event and by an acknowledgement.
import { io } from 'socket.io-client';
import { signIn, url } from './sign-in.mjs';

const chatId = 'help-with-tea';
const socket = io(url, { auth: { token: await signIn('2', 'Sam') } });

socket.on('connect', async () => {
  const joined = await socket.emitWithAck('joinChat', chatId);
  console.log(`joined with ${joined.data.messages.length} messages`);
  socket.emit('typing', { chatId, isTyping: true });
  const sent = await socket.emitWithAck('sendMessage', { chatId, message: { text: 'Hello in support' } });
  console.log(`message ${sent.data.id} is stored`);
  socket.disconnect();
});

socket.on('newMessage', (message) => console.log(`user ${message.senderId}: ${message.text}`));
socket.on('chatStatusChanged', ({ status }) => console.log(`the chat is ${status}`));
socket.on('error', (text) => console.error('refused:', text));
socket.on('connect_error', (error) => console.error('not let in:', error.message));
