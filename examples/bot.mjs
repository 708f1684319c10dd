// A bot is a user with a token. This one hears every conversation that it is a member of, and answers who asks it.
import { io } from 'socket.io-client';
import { signIn, url } from './sign-in.mjs';

const me = { id: '99', name: 'Clock' };
const socket = io(url, { auth: { token: await signIn(me.id, me.name), dialect: 'kenz' } });

const answers = {
  '/hello': (message) => `Hello, user ${message.sender_id}.`,
  '/count': (message) => `${message.message.split(' ').length - 1} words.`,
  '/help': () => `I know ${Object.keys(answers).join(', ')}.`,
};

socket.on('connect', () => console.log('listening'));
socket.on('connect_error', (error) => console.error('not let in:', error.message));
socket.on('error', (text) => console.error('refused:', text));

socket.on('receive_message', (message) => {
  // What it says itself it hears as well.
  if (String(message.sender_id) === me.id) return;
  const [word] = message.message.split(' ');
  const answer = Object.hasOwn(answers, word) ? answers[word](message) : undefined;
  if (answer === undefined) return;
  // A message that is heard twice after a lost connection is answered once.
  socket.emit('send_message', { chatId: message.chat_id, message: answer, clientMessageId: `answer to ${message.id}` });
});

process.on('SIGTERM', () => socket.disconnect());
