import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { port, secret, verify } from './listen.ts';

/** Bare `ws`: a token check, rooms, an id, an answer and a broadcast of one encoded message. It keeps nothing. */

const rooms = new Map<string, Set<WebSocket>>();
const server = createServer();
const acceptor = new WebSocketServer({ noServer: true, perMessageDeflate: false });
let lastId = 0;

server.on('upgrade', (request, socket, head) => {
  const { searchParams } = new URL(request.url ?? '/', 'ws://localhost');
  const claims = verify(searchParams.get('token') ?? '', secret);
  if (!claims) {
    socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    return;
  }
  acceptor.handleUpgrade(request, socket, head, (client) => hear(client, claims.sub, searchParams.get('room') ?? ''));
});

function hear(client: WebSocket, sender: string, room: string): void {
  const members = rooms.get(room) ?? new Set();
  rooms.set(room, members.add(client));
  client.on('message', (bytes) => {
    const { text } = JSON.parse(String(bytes)) as { readonly text: string };
    const id = ++lastId;
    const message = { type: 'message', id, room, sender, text, at: new Date().toISOString() };
    const encoded = Buffer.from(JSON.stringify(message));
    for (const member of members) {
      if (member.readyState === WebSocket.OPEN) member.send(encoded, { binary: false });
    }
    client.send(JSON.stringify({ type: 'sent', id }));
  });
  client.on('close', () => members.delete(client));
  client.send(JSON.stringify({ type: 'joined', room }));
}

server.listen(port, '127.0.0.1');
