// direct: one to one. Who has joined hears messages; the receiver is notified wherever they are.
import { io } from 'socket.io-client';
import { signIn, url } from './sign-in.mjs';

const socket = io(url, { path: '/socket.io', auth: { token: await signIn('3', 'Dee') } });

socket.on('connect', () => {
  socket.emit('join_conversation', 9);
  socket.emit('typing_start', { conversationId: 9, toUserId: 4 });
  socket.emit('send_message', { conversationId: 9, content: 'Hello in direct', toUserId: 4 });
});

socket.on('new_message', (message) => {
  console.log(`user ${message.sender_id} to user ${message.receiver_id}: ${message.content}`);
  socket.emit('leave_conversation', 9);
  socket.disconnect();
});

socket.on('message_notification', (message) => console.log(`unread: ${message.content}`));
socket.on('error', ({ message }) => console.error('refused:', message));
socket.on('connect_error', (error) => console.error('not let in:', error.message));
