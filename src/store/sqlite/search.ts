import type { SearchIndex, SearchPage, SearchQuery } from '../../app/ports.ts';
import { WorkerPort } from './worker-port.ts';

/** The file of words beside a database. It can be deleted while nothing runs: it is built anew from the log. */
const searchPathOf = (databasePath: string): string => `${databasePath.replace(/\.sqlite$/, '')}.search.sqlite`;

/** Search in one SQLite file beside that of the log, in a worker of its own, so that neither reads nor writes wait for it. */
export class SqliteSearch implements SearchIndex {
  readonly #worker: WorkerPort;

  private constructor(worker: WorkerPort) {
    this.#worker = worker;
  }

  /** Opens it beside an open store. Rejects when neither the file nor a new one in its place can be used. */
  static async open(path: string): Promise<SqliteSearch> {
    const options = { path, searchPath: searchPathOf(path) };
    return new SqliteSearch(await WorkerPort.open(new URL('./search.worker.ts', import.meta.url), options));
  }

  async find(query: SearchQuery): Promise<SearchPage> {
    return JSON.parse(await this.#worker.ask('find', JSON.stringify(query))) as SearchPage;
  }

  async advance(): Promise<boolean> {
    return JSON.parse(await this.#worker.ask('advance', '')) as boolean;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#worker[Symbol.asyncDispose]();
  }
}
