import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { promisify } from 'node:util';
import { upgradeHead } from '../security/raw.ts';

/**
 * Asks three times for an upgrade that will be refused, and does not do as it should then: one never closes, one never closes and
 * goes on talking, one closes with more words before. Resolves with the first lines of the answers.
 */
export async function cling(server: Server, path: string): Promise<string[]> {
  const { port } = server.address() as AddressInfo;
  const afterwards = ['silent', 'talking', 'ending'] as const;
  return Promise.all(
    afterwards.map(async (does) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => {});
      socket.write(`${upgradeHead(path)}\r\n`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      if (does !== 'silent') socket.write('more');
      if (does === 'ending') socket.end();
      return String(answer).split('\r\n')[0] ?? '';
    }),
  );
}

/** How many sockets this server has. */
export const socketCount = (server: Server): Promise<number> => promisify(server.getConnections.bind(server))();
