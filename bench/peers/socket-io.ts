import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { port, secret, verify } from './listen.ts';

/** Bare Socket.IO: a token check, rooms, an id, an acknowledgement and a broadcast. It keeps nothing. */

type Send = { readonly room: string; readonly text: string };

const server = createServer();
const canRecover = process.env.RECOVERY === 'on';
const io = new Server(server, {
  serveClient: false,
  ...(canRecover ? { connectionStateRecovery: { maxDisconnectionDuration: 300_000, skipMiddlewares: false } } : {}),
});
const { ADAPTER, REDIS_URL } = process.env;
if (ADAPTER !== undefined && REDIS_URL !== undefined) {
  const { adapterOf } = await import('./adapters.ts');
  io.adapter(await adapterOf(ADAPTER, REDIS_URL));
}
let lastId = 0;

io.use((socket, next) => {
  const claims = verify(String(socket.handshake.auth.token), secret);
  if (!claims) {
    next(new Error('Authentication error'));
    return;
  }
  socket.data = claims;
  next();
});

io.on('connection', (socket) => {
  socket.on('join', (room: string, answer: (room: string) => void) => {
    socket.join(room);
    answer(room);
  });
  socket.on('send', ({ room, text }: Send, answer: (stored: { id: number }) => void) => {
    if (!socket.rooms.has(room)) return;
    const id = ++lastId;
    io.to(room).emit('message', { id, room, sender: socket.data.sub, text, at: new Date().toISOString() });
    answer({ id });
  });
});

server.listen(port, '127.0.0.1');
