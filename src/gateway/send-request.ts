import type { Asker } from '../app/job.ts';
import type { Answers, RequestOf } from '../core/commands.ts';
import { isRefusal, type Refusal } from '../core/refusals.ts';
import type { Connection } from './connection.ts';
import { beginEntering, endEntering } from './joined-limit.ts';
import { actor, entering, type RequestParts } from './request-parts.ts';
import { beginSend, endSend } from './sends-under-way.ts';

/** Sending enters, also where nothing had to be said again. */
type EnterAgain = (parts: RequestParts, connection: Connection, request: RequestOf<'SendMessage'>) => Promise<void>;

/**
 * A message that a connection sends, from its frame to its answer, and all that the gateway keeps of it: there are more of these in
 * memory than of anything else.
 */
export class SendRequest implements Asker<Answers['SendMessage']> {
  readonly parts: RequestParts;
  readonly connection: Connection;
  readonly request: RequestOf<'SendMessage'>;
  readonly asker: Asker<Answers['SendMessage']>;
  readonly enterAgain: EnterAgain;
  isOver = false;
  /** Among those of the connection, from when it has begun. */
  number = 0;
  /** It counts towards what the connection may join. */
  isEntering = false;

  constructor(
    parts: RequestParts,
    connection: Connection,
    request: RequestOf<'SendMessage'>,
    asker: Asker<Answers['SendMessage']>,
    enterAgain: EnterAgain,
  ) {
    this.parts = parts;
    this.connection = connection;
    this.request = request;
    this.asker = asker;
    this.enterAgain = enterAgain;
    this.#enter();
  }

  begin(): undefined {
    const { parts, connection, request } = this;
    this.#enter();
    this.number = beginSend(connection);
    try {
      parts.handMessage(request, actor(connection), entering(parts, connection, request.conversationId), this);
    } catch (error) {
      this.failed(error);
    }
  }

  answered(outcome: Answers['SendMessage'] | Refusal): void {
    if (!isRefusal(outcome)) {
      // Whoever was answered finds it in what this node tells, also where others have written before it.
      const reached = this.parts.sequencer.reached(outcome.message.id);
      if (reached || outcome.isRepeat) {
        this.#answerLater(outcome, reached).catch((error) => this.failed(error));
        return;
      }
    }
    this.#answer(outcome);
  }

  failed(error: unknown): void {
    if (this.#end()) this.asker.failed(error);
  }

  async #answerLater(outcome: Answers['SendMessage'], reached: Promise<void> | undefined): Promise<void> {
    const { parts, connection, request } = this;
    await reached;
    if (outcome.isRepeat) await this.enterAgain(parts, connection, request);
    this.#answer(outcome);
  }

  #answer(outcome: Answers['SendMessage'] | Refusal): void {
    if (!this.#end()) return;
    try {
      this.asker.answered(outcome);
    } catch (error) {
      this.asker.failed(error);
    }
  }

  /** May be said again: where it had to wait, the connection may have left meanwhile. */
  #enter(): void {
    const { connection, request } = this;
    if (this.isEntering || connection.joined.has(request.conversationId)) return;
    this.isEntering = true;
    beginEntering(connection, request.conversationId);
  }

  #end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    const { parts, connection, request } = this;
    connection.requestsUnderWay--;
    endSend(connection, this.number);
    if (!this.isEntering) return true;
    endEntering(connection, request.conversationId);
    parts.sessions.forgetUnlessJoined(connection, [request.conversationId]);
    return true;
  }
}
