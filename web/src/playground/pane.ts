import { Observable } from '../client/observable.ts';
import type { PaneDialect, RunningClient, Said } from './dialects.ts';
import { Line } from './line.ts';

export type PaneStatus = 'connecting' | 'online' | 'offline';

/** One client of one dialect, with what it has heard and the line that it is on. */
export class Pane {
  readonly dialect: PaneDialect;
  readonly userId: string;
  readonly line = new Line();
  readonly status = new Observable<PaneStatus>('connecting');
  readonly said = new Observable<readonly Said[]>([]);
  readonly refusal = new Observable<string | undefined>(undefined);
  readonly #client: RunningClient;

  constructor(dialect: PaneDialect, userId: string, token: string, conversationId: string) {
    this.dialect = dialect;
    this.userId = userId;
    this.#client = dialect.run({
      line: this.line,
      token,
      conversationId,
      heard: (said) =>
        this.said.update((known) => (known.some(({ id }) => id === said.id) ? known : [...known, said].slice(-200))),
      refused: (words) => this.refusal.set(words),
      status: (status) => this.status.set(status),
    });
  }

  say(text: string): void {
    this.refusal.set(undefined);
    this.#client.say(text);
  }

  stop(): void {
    this.#client.stop();
  }
}
