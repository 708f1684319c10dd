import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A socket without any library, for what no library would send. */
export class Raw implements Disposable {
  readonly socket: Socket;
  /** Everything that it was answered. */
  answer = '';
  isClosed = false;

  constructor(address: string) {
    this.socket = connect(Number(new URL(address).port), '127.0.0.1');
    this.socket.setEncoding('latin1').on('data', (text) => (this.answer += text));
    this.socket.on('error', () => undefined);
    this.socket.once('close', () => (this.isClosed = true));
  }

  /** Resolves with what was answered when the server has closed. */
  async closed(): Promise<string> {
    if (!this.isClosed) await once(this.socket, 'close');
    return this.answer;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** The head of an upgrade to a websocket, without its last line. */
export const upgradeHead = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
  `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n`;

/** One frame as a client masks it; under 126 bytes. `head` is the first byte: 0x80 for the last fragment, and the opcode. */
export function frame(head: number, content: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(content.map((byte, at) => byte ^ (mask[at % 4] ?? 0)));
  return Buffer.concat([Buffer.from([head, 0x80 | content.length]), mask, masked]);
}
