import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './ports.ts';

const startWithinMs = 10_000;

/** A real Redis of one's own that keeps nothing on disk. */
export class Redis implements AsyncDisposable {
  readonly port: number;
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async open(): Promise<Redis> {
    const redis = new Redis(await freePort());
    await redis.#start();
    return redis;
  }

  /** Ends it, by a signal that it hears or not, and starts it again after so long, empty. */
  async restart(signal: 'SIGKILL' | 'SIGTERM', afterMs: number): Promise<void> {
    await this.#end(signal);
    await wait(afterMs);
    await this.#start();
  }

  /** It keeps its connections and does nothing for so long. */
  async pause(forMs: number): Promise<void> {
    this.#process?.kill('SIGSTOP');
    await wait(forMs);
    this.#process?.kill('SIGCONT');
  }

  async empty(): Promise<void> {
    await this.#ask('FLUSHALL', '+OK');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #start(): Promise<void> {
    const settings = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const started = spawn('redis-server', settings, { stdio: 'ignore' });
    this.#process = started;
    let failure: Error | undefined;
    started.once('error', (error) => {
      failure = new Error('There is no redis-server. Install it (Debian: apt-get install redis-server).', {
        cause: error,
      });
    });
    const end = performance.now() + startWithinMs;
    while (!(await this.#ask('PING', '+PONG').catch(() => false))) {
      if (failure) throw failure;
      if (performance.now() > end) throw new Error('Redis did not start.');
      await wait(20);
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ending = this.#process;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    await exited;
  }

  async #ask(command: string, answer: string): Promise<true> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      socket.write(`${command}\r\n`);
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      if (!chunk.toString().startsWith(answer)) throw new Error(`Redis answered ${command} with ${chunk}`);
      return true;
    } finally {
      socket.destroy();
    }
  }
}
