// messaging: rooms with presence, receipts and catching up, in the namespace /chat.
import { io } from 'socket.io-client';
import { signIn, url } from './sign-in.mjs';

const roomId = 'tea-room';
const socket = io(`${url}/chat`, { transports: ['websocket'], query: { token: await signIn('4', 'Mel') } });

socket.on('connect', () => {
  socket.emit('joinRoom', roomId);
  socket.emit('syncMessages', { roomId, limit: 10 });
  socket.emit('sendMessage', { roomId, content: 'Hello in messaging', metadata: { mood: 'merry' } });
});

socket.on('joinedRoom', (id) => console.log(`joined ${id}`));
socket.on('newMessage', (message) => console.log(`${message.sender} in ${message.roomId}: ${message.content}`));
socket.on('syncComplete', ({ syncedMessageCount }) => console.log(`caught up on ${syncedMessageCount}`));
socket.on('messageSent', (receipt) => {
  socket.emit('readReceipt', { roomId, messageId: receipt.id });
  console.log(`message ${receipt.id} is ${receipt.status}`);
});
socket.on('messageRead', ({ userId, messageId }) => {
  console.log(`user ${userId} has read up to ${messageId}`);
  socket.disconnect();
});
socket.on('error', ({ event, message }) => console.error(`${event} refused:`, message));
socket.on('connect_error', (error) => console.error('not let in:', error.message));
