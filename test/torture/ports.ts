import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Where no system takes the near ends of connections from: those could have the port before its server, or while it is away. */
const lowest = 11_000;
const highest = 32_767;
const mostTries = 20;

/** A port that was free a moment ago, for servers that are to come back where they were. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = randomInt(lowest, highest + 1);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      if (attempt < mostTries) continue;
      throw error;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
