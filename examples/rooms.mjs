// rooms: a plain WebSocket in a named room. Every message is JSON; connecting is joining.
import { WebSocket } from 'ws';
import { signIn, url } from './sign-in.mjs';

const token = await signIn('5', 'Roo');
const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/chat/general/`, {
  headers: { Authorization: `Bearer ${token}` },
});

socket.on('open', () => socket.send(JSON.stringify({ message: 'Hello in rooms' })));

socket.on('message', (data) => {
  const frame = JSON.parse(String(data));
  if (frame.type === 'room_users_list') console.log('here:', frame.users.map((user) => user.username).join(', '));
  if (frame.type === 'user_join') console.log(`${frame.username} has come`);
  if (frame.error) console.error('refused:', frame.error);
  if (frame.type === 'chat_message') {
    console.log(`${frame.sender_username}: ${frame.message}`);
    socket.close();
  }
});

socket.on('close', (code) => console.log(`closed with ${code}`));
