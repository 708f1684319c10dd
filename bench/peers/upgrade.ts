import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { port } from './listen.ts';

/** The floor under every server on Node's own HTTP: it answers an upgrade, says so in one frame, and checks and keeps nothing. */

const server = createServer();
// RFC 6455, 1.3.
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const joined = JSON.stringify({ type: 'joined' });
const frame = Buffer.concat([Uint8Array.of(0x81, joined.length), Buffer.from(joined)]);

server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1')
    .update(key + acceptSuffix)
    .digest('base64');
  const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
  socket.on('error', () => socket.destroy());
  socket.resume();
  socket.write(Buffer.concat([Buffer.from(head), frame]));
});

server.listen(port, '127.0.0.1');
