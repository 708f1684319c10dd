import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '../../app/ports.ts';
import type { Answer, Question, Text } from './worker-end.ts';

export type WorkerPortOptions = {
  /** Post all questions of one turn of the event loop as one message, at its end. */
  readonly asksTogether?: boolean;
};

type Pending = { readonly resolve: (text: string) => void; readonly reject: (error: Error) => void };

/** Questions waiting for their answers at the most: beyond it the store is too slow for what is asked of it. */
const pendingLimit = 50_000;

/**
 * The main thread's end of a worker. A worker that dies takes its open questions with it, which are rejected, and is
 * started again for the next ones.
 */
export class WorkerPort implements AsyncDisposable {
  readonly #file: URL;
  readonly #workerData: unknown;
  readonly #asksTogether: boolean;
  readonly #pending = new Map<number, Pending>();
  #unposted: Question[] = [];
  #worker: Worker | undefined;
  /** Another one in the place of one that died; it never rejects. */
  #startingAgain: Promise<void> | undefined;
  #lastId = 0;
  #isClosing = false;

  private constructor(file: URL, workerData: unknown, asksTogether: boolean) {
    this.#file = file;
    this.#workerData = workerData;
    this.#asksTogether = asksTogether;
  }

  /** Resolves when the worker is ready; rejects with what kept it from opening. */
  static async open(
    file: URL,
    workerData: unknown,
    { asksTogether = false }: WorkerPortOptions = {},
  ): Promise<WorkerPort> {
    const port = new WorkerPort(file, workerData, asksTogether);
    await port.#start();
    return port;
  }

  /** The answer's JSON text. Rejects when the worker fails at it, dies over it, or is stopped. */
  ask(asked: string, text: Text): Promise<string> {
    const worker = this.#worker;
    if (worker === undefined || this.#isClosing) {
      return Promise.reject(new StoreUnavailable('The store is closed or starting again. Try again shortly.'));
    }
    if (this.#pending.size >= pendingLimit) {
      return Promise.reject(new StoreUnavailable('The store has too much to do. Try again shortly.'));
    }
    return this.#send(worker, asked, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    await this.#startingAgain;
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = once(worker, 'exit');
    try {
      await this.#send(worker, 'close', '');
    } finally {
      await exited;
    }
  }

  #send(worker: Worker, asked: string, text: Text): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#lastId++;
      this.#pending.set(this.#lastId, { resolve, reject });
      this.#unposted.push([this.#lastId, asked, text]);
      if (!this.#asksTogether) this.#post(worker);
      else if (this.#unposted.length === 1) setImmediate(() => this.#post(worker));
    });
  }

  #post(worker: Worker): void {
    const questions = this.#unposted;
    if (questions.length === 0) return;
    this.#unposted = [];
    worker.postMessage(questions);
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      let cause: unknown;
      // Flags of this process are not the worker's: some would keep it from starting.
      const worker = new Worker(this.#file, { workerData: this.#workerData, execArgv: [] });
      worker.on('message', (answers: readonly Answer[]) => {
        for (const [id, text, isFailure] of answers) {
          if (id !== 0) {
            this.#settle(id, text, isFailure);
          } else if (isFailure) {
            reject(new Error(text));
          } else {
            this.#worker = worker;
            resolve();
          }
        }
      });
      worker.on('error', (error) => {
        cause = error;
      });
      worker.on('exit', () => {
        const reason = cause instanceof Error ? `: ${cause.message}` : '.';
        reject(new Error(`The store's worker ended before it was ready${reason}`));
        if (this.#worker === worker) this.#afterDeath(reason);
      });
    });
  }

  #settle(id: number, text: string, isFailure: boolean): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (isFailure) pending?.reject(new Error(text));
    else pending?.resolve(text);
  }

  #afterDeath(reason: string): void {
    this.#worker = undefined;
    this.#unposted = [];
    const died = new Error(`The store's worker ended in the middle of its work${reason}`);
    for (const pending of this.#pending.values()) pending.reject(died);
    this.#pending.clear();
    // When this fails too, the port stays without a worker and says so to everyone who asks.
    if (!this.#isClosing) this.#startingAgain = this.#start().catch(() => {});
  }
}
