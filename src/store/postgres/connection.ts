import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { StoreUnavailable } from '../../app/ports.ts';

/** A statement that each connection prepares once, under its name. */
export type Statement = { readonly name: string; readonly text: string };
export type Values = readonly (string | number | boolean | null | readonly string[])[];
export type Row = Readonly<Record<string, unknown>>;

/** There is no connection, and nothing was asked. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected';
}

/** How long a database may take to let a connection go. */
const closeTimeoutMs = 1_000;
/** The least time between two attempts to connect. */
const retryDistanceMs = 200;
/** Statements that may be under way; whoever comes then would wait for all of them. */
const outstandingLimit = 10_000;

/**
 * One connection to the database that comes back by itself, when it is needed next. Statements are pipelined: each is
 * sent at once and they are answered in order.
 */
export class DatabaseConnection implements AsyncDisposable {
  readonly #settings: pg.ClientConfig;
  #connecting: Promise<pg.Client> | undefined;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #failure: Error | undefined;
  #isClosed = false;
  /** Statements sent and not answered. */
  outstanding = 0;

  constructor(settings: pg.ClientConfig) {
    this.#settings = settings;
  }

  /**
   * The rows. Rejects with {@link NotConnected}, or where too much is under way with `StoreUnavailable`, before anything was
   * sent; with the library's error after.
   */
  async ask(statement: Statement, values: Values): Promise<readonly Row[]> {
    if (this.outstanding >= outstandingLimit) {
      throw new StoreUnavailable('The database has too much to do. Try again shortly.');
    }
    this.outstanding++;
    try {
      const client = await this.#client();
      const { rows } = await client.query<Row>({ ...statement, values: [...values] });
      return rows;
    } finally {
      this.outstanding--;
    }
  }

  /** This connection is not to be trusted any more: the next statement opens another one. */
  reset(): void {
    const connecting = this.#connecting;
    this.#connecting = undefined;
    connecting?.then((client) => client.end()).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const client = await this.#connecting?.catch(() => undefined);
    if (client) await endWithin(closeTimeoutMs, client);
  }

  #client(): Promise<pg.Client> {
    if (this.#isClosed) return Promise.reject(new NotConnected('The connection is closed.'));
    if (this.#connecting !== undefined) return this.#connecting;
    if (performance.now() - this.#failedAtMs < retryDistanceMs && this.#failure !== undefined) {
      return Promise.reject(this.#failure);
    }
    const client = new pg.Client({ ...this.#settings, pipeline: true });
    const forget = (): void => {
      if (this.#connecting === connecting) this.#connecting = undefined;
    };
    // Without a listener the loss of a connection would end the process; whoever has asked hears of it anyway.
    client.on('error', forget);
    client.on('end', forget);
    const connecting: Promise<pg.Client> = client.connect().then(
      () => client,
      (error: unknown) => {
        forget();
        this.#failedAtMs = performance.now();
        this.#failure = new NotConnected(`The database cannot be reached: ${wordsOf(error)}`, { cause: error });
        throw this.#failure;
      },
    );
    this.#connecting = connecting;
    return connecting;
  }
}

const askAgainEveryMs = 100;

/**
 * Asks what may be asked twice: what a lost connection has interrupted is asked again, each time on the connection that `pick`
 * names, for `retryForMs`. Rejects with `StoreUnavailable` when that is over, or `isClosed`.
 */
export async function askWithRetries(
  {
    pick,
    retryForMs,
    isClosed,
  }: {
    readonly pick: () => DatabaseConnection;
    readonly retryForMs: number;
    readonly isClosed: () => boolean;
  },
  statement: Statement,
  values: Values,
): Promise<readonly Row[]> {
  const deadlineMs = performance.now() + retryForMs;
  for (;;) {
    try {
      return await pick().ask(statement, values);
    } catch (error) {
      if (!isLost(error)) throw error;
      if (isClosed() || performance.now() > deadlineMs) {
        throw new StoreUnavailable(`${wordsOf(error)}. Check the database.`);
      }
      await wait(askAgainEveryMs);
    }
  }
}

export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(wordsOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

/** Says of a refusal by the server that nothing of the statement was done, and that the connection lives on. */
export function isRolledBack(error: unknown): error is pg.DatabaseError {
  if (!(error instanceof pg.DatabaseError)) return false;
  if (error.severity === 'ERROR') return true;
  // In another language than English the severity says nothing: then only codes that never end a connection count.
  return !['FATAL', 'PANIC'].includes(error.severity ?? '') && /^(2[23]|40|42|55|57014|P0)/.test(error.code ?? '');
}

/** The connection is gone, or the server is stopping or starting: another attempt may find it well. */
export function isLost(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return false;
  return !(error instanceof pg.DatabaseError) || /^(08|57P)/.test(error.code ?? '');
}

/** One that does not answer any more is left: whoever closes must come to an end. */
async function endWithin(limitMs: number, client: pg.Client): Promise<void> {
  const ended = client.end().catch(() => undefined);
  await Promise.race([ended, wait(limitMs, undefined, { ref: false })]);
}
