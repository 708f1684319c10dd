import type { Duplex } from 'node:stream';
import { ignoreError } from './websocket-link.ts';

/** How long a client that is refused has to read so and to close. */
const lingerMs = 1_000;

type Refusal = { readonly headers?: { readonly [name: string]: string }; readonly words?: string };

/**
 * Answers a request for an upgrade by hand, and ends its socket whatever the client does: HTTP has let go of it, so nobody else
 * would read or close it. `status` is code and phrase.
 */
export function refuseUpgrade(socket: Duplex, status: string, { headers = {}, words = '' }: Refusal = {}): void {
  // What nobody hears ends the process.
  socket.on('error', ignoreError);
  // Left unread, what the client says on top would keep the socket open, or take the answer along when it is closed.
  socket.resume();
  const all = { connection: 'close', 'content-length': String(Buffer.byteLength(words)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${words}`);
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
