import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientConfig } from 'pg';
import type { BatchResult } from '../batch.ts';
import { readResults, writeApart, writeTogether } from './batch.ts';
import { DatabaseConnection, isRolledBack, NotConnected, type Statement, wordsOf } from './connection.ts';
import type { WrittenItem } from './drafts.ts';

/** The history that this node knows: its name, and how far it has seen it. */
export type KnownLog = { readonly epoch: string; seen: number };

export type WritingOptions = {
  readonly settings: ClientConfig;
  readonly node: string;
  readonly log: KnownLog;
  /** The answer to a batch got lost: nothing can be written until it is known what became of it. */
  readonly onUnsettled: (words: string) => void;
  /** The log is another one than this node knows. */
  readonly onSetBack: () => void;
};

const append: Statement = { name: 'append', text: 'SELECT append_batch($1, $2, $3, $4, $5, $6, $7, $8) AS results' };
/** Writers that are silent for a week are forgotten, and what they were answered with them. */
const heartbeat: Statement = { name: 'heartbeat', text: 'UPDATE writers SET at = now() WHERE id = $1' };
const heartbeatEveryMs = 6 * 3600 * 1000;
const settle: Statement = { name: 'settle', text: 'SELECT settle_batch($1, $2) AS results' };

/** What hits every call of a batch alike: no resources, in somebody's way, stopped, on a standby. */
const unavailableCodes = /^(25|40|53|55|57|58)/;

/** How long whoever wrote waits to be told what became of it, while the database is away. */
const settleTimeoutMs = 10_000;
const retryEveryMs = 100;

const setBackWords = 'The database has lost commits that it had answered. This node starts anew with what there is.';

/**
 * The one connection on which this node appends, a batch at a time. Each batch has a number, which is written with it: when its answer
 * gets lost, the number says whether it was committed, and keeps it from being committed later.
 */
export class Writing implements AsyncDisposable {
  readonly #options: WritingOptions;
  readonly #connection: DatabaseConnection;
  readonly #writer = randomUUID();
  #number = 0;
  #answered = 0;
  readonly #heartbeat: NodeJS.Timeout;
  #isClosing = false;
  /** Why nothing can be written now: it is not known yet what became of the batch before. */
  unsettled: string | undefined;

  constructor(options: WritingOptions) {
    this.#options = options;
    this.#connection = new DatabaseConnection(options.settings);
    this.#heartbeat = setInterval(() => {
      // One that is lost is made good by the next: a silent writer is kept for a week.
      this.#connection.ask(heartbeat, [this.#writer]).catch(() => undefined);
    }, heartbeatEveryMs);
    this.#heartbeat.unref();
  }

  /** Rejects when it stays unknown whether the batch was written. */
  async commit(items: readonly WrittenItem[]): Promise<BatchResult> {
    try {
      try {
        return await this.#append(writeTogether(items), false);
      } catch (error) {
        if (!isRolledBack(error) || unavailableCodes.test(error.code ?? '')) throw error;
        // Some item is broken in itself: once more, each behind a savepoint, which would cost every good batch.
        return await this.#append(writeApart(items), true);
      }
    } catch (error) {
      if (!(error instanceof NotConnected) && !isRolledBack(error)) throw error;
      return { unavailable: `${wordsOf(error)}. Check the database.` };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#heartbeat);
    await this.#connection[Symbol.asyncDispose]();
  }

  async #append(calls: string, isGuarded: boolean): Promise<BatchResult> {
    const { node, log, onSetBack } = this.#options;
    const number = ++this.#number;
    const values = [calls, isGuarded, node, this.#writer, number, this.#answered, log.seen, log.epoch];
    let results: unknown;
    try {
      [{ results } = { results: undefined }] = (await this.#connection.ask(append, values)) as readonly {
        results: unknown;
      }[];
    } catch (error) {
      if (error instanceof NotConnected || isRolledBack(error)) throw error;
      return this.#settle(number, error);
    }
    if (typeof results !== 'string') {
      onSetBack();
      return { unavailable: setBackWords };
    }
    this.#answered = number;
    return readResults(results);
  }

  /** The connection was lost, or gave no answer: what became of the batch stands in the database. */
  async #settle(number: number, lost: unknown): Promise<BatchResult> {
    const words = `${wordsOf(lost)}. Check the database.`;
    this.unsettled = words;
    this.#options.onUnsettled(words);
    try {
      return await this.#askWhatBecameOf(number, lost, words);
    } finally {
      this.unsettled = undefined;
    }
  }

  async #askWhatBecameOf(number: number, lost: unknown, words: string): Promise<BatchResult> {
    const deadlineMs = performance.now() + settleTimeoutMs;
    this.#connection.reset();
    while (!this.#isClosing && performance.now() < deadlineMs) {
      try {
        const [row] = await this.#connection.ask(settle, [this.#writer, number]);
        if (typeof row?.results !== 'string') return { unavailable: words };
        this.#answered = number;
        return readResults(row.results);
      } catch (error) {
        if (!(error instanceof NotConnected) && !isRolledBack(error)) this.#connection.reset();
        await wait(retryEveryMs);
      }
    }
    throw lost;
  }
}
