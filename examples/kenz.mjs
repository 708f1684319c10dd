// kenz: no joining. Whoever has spoken in a chat, or was added to it, hears it on every device.
import { io } from 'socket.io-client';
import { signIn, url } from './sign-in.mjs';

const socket = io(url, { auth: { token: await signIn('1', 'Kim') } });

socket.on('connect', () => {
  socket.emit('send_message', { chatId: 7, message: 'Hello in kenz', type: 'text', file_url: null });
});

socket.on('receive_message', (message) => {
  console.log(`user ${message.sender_id} in chat ${message.chat_id}: ${message.message}`);
  socket.disconnect();
});

socket.on('error', (text) => console.error('refused:', text));
socket.on('connect_error', (error) => console.error('not let in:', error.message));
