import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { framed } from '../src/transport/fast-write.ts';
import { isAtRest, writeAtRest } from '../src/transport/handle-write.ts';

/**
 * `npm run bench:ladder`: what it costs to bring a frame to a socket, rung by rung from a library's send down to the system's
 * write, in µs of this process's CPU for each frame, with 1, 4 and 10 of them for a socket at once. Whoever reads is another process.
 */

const connections = 100;
const rounds = 30;
const turns = 40;
const frameCounts = [1, 4, 10] as const;
type FrameCount = (typeof frameCounts)[number];

const packet = JSON.stringify(['newMessage', { id: '123456', roomId: 'room-17', content: 'x'.repeat(60) }]);
const frame = framed('', [packet]);
const bytesOf: { readonly [count in FrameCount]: Buffer } = {
  1: frame,
  4: Buffer.concat(Array.from({ length: 4 }, () => frame)),
  10: Buffer.concat(Array.from({ length: 10 }, () => frame)),
};

type Reader = { readonly websocket: WebSocket; readonly socket: Socket; readonly fd: number };
type Rung = { readonly title: string; write(reader: Reader, count: FrameCount): void };

const rungs: readonly Rung[] = [
  {
    title: 'ws, a send for each',
    write: ({ websocket }, count) => {
      for (let n = 0; n < count; n++) websocket.send(packet);
    },
  },
  { title: "Node's stream, one write", write: ({ socket }, count) => void socket.write(bytesOf[count]) },
  {
    title: 'past the stream, one write',
    write: ({ socket }, count) => {
      if (!isAtRest(socket)) throw new Error('The readers do not keep up, so that nothing can be measured.');
      writeAtRest(socket, bytesOf[count]);
    },
  },
  { title: "the system's write, called from JavaScript", write: ({ fd }, count) => void writeSync(fd, bytesOf[count]) },
];

/** Connects so many websockets to a port, and forgets what it reads. */
const forgetful = `
  const { connect } = require('node:net');
  const [port, count] = process.argv.slice(1).map(Number);
  const upgrade = 'GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n' +
    'Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\n\\r\\n';
  for (let n = 0; n < count; n++) connect({ port, host: '127.0.0.1' }).resume().on('error', () => {}).write(upgrade);
`;

const server = createServer();
const websockets = new WebSocketServer({ server, perMessageDeflate: false });
const readers: Reader[] = [];
websockets.on('connection', (websocket, { socket }) => {
  const { _handle } = socket as Socket & { readonly _handle?: { readonly fd: number } };
  readers.push({ websocket, socket, fd: _handle?.fd ?? -1 });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const reading = spawn('taskset', ['-c', '1', process.execPath, '-e', forgetful, `${port}`, `${connections}`]);
while (readers.length < connections) await wait(10);

/** CPU of one round, in µs a frame; the readers get their time between the turns, which does not count. */
async function round(rung: Rung, count: FrameCount): Promise<number> {
  let spentUs = 0;
  for (let turn = 0; turn < turns; turn++) {
    const before = process.cpuUsage();
    for (const reader of readers) rung.write(reader, count);
    const { user, system } = process.cpuUsage(before);
    spentUs += user + system;
    await wait(1);
  }
  return spentUs / (turns * readers.length * count);
}

const median = (figures: readonly number[]): number =>
  figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;

const found = new Map<string, number[]>();
for (let n = 0; n < rounds; n++) {
  for (const rung of rungs) {
    for (const count of frameCounts) {
      const key = `${rung.title} ${count}`;
      found.set(key, [...(found.get(key) ?? []), await round(rung, count)]);
    }
  }
}
console.log(`| µs of CPU for each frame | ${frameCounts.map((count) => `${count} at once`).join(' | ')} |`);
console.log(`| --- | ${frameCounts.map(() => '---:').join(' | ')} |`);
for (const { title } of rungs) {
  const cells = frameCounts.map((count) => median(found.get(`${title} ${count}`) ?? []).toFixed(2));
  console.log(`| ${title} | ${cells.join(' | ')} |`);
}
reading.kill();
server.closeAllConnections();
server.close();
for (const { websocket } of readers) websocket.terminate();
