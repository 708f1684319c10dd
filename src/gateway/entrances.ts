import type { Clock } from '../app/ports.ts';
import type { Answers } from '../core/commands.ts';
import type { Message } from '../core/model.ts';
import { isRefusal, type Refusal } from '../core/refusals.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Reply } from './answers.ts';
import type { Connection } from './connection.ts';
import type { RequestParts } from './request-parts.ts';
import { perform } from './requests.ts';
import type { Handshake } from './transport.ts';

export type EntranceParts = {
  readonly requests: RequestParts;
  readonly reply: Reply;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
};

/** Mounts where connecting is joining. Their links are plain websockets, of which nothing is heard while they are paused. */
export class Entrances {
  readonly #parts: EntranceParts;

  constructor(parts: EntranceParts) {
    this.#parts = parts;
  }

  /**
   * Joins what the address names, and tells the newcomer what the dialect tells newcomers; or closes with the reason. What the
   * client says before that waits in its socket.
   */
  enter(connection: Connection, dialect: Dialect, handshake: Handshake): void {
    const request = dialect.entrance?.read(handshake.room, handshake.query);
    if (!request) {
      connection.link.close('roomNotFound');
      return;
    }
    connection.isEntering = true;
    connection.link.pause();
    const answered = (answer: Answers['JoinConversation'] | Refusal): void => {
      if (isRefusal(answer)) {
        connection.link.close(answer.refused === 'UNAVAILABLE' ? 'broken' : 'roomNotFound');
        return;
      }
      connection.home = answer.conversationId;
      this.#parts.reply.frames(connection, dialect.entrance?.answer(answer, this.#parts.clock.nowMs()) ?? []);
      connection.isEntering = false;
      connection.link.resume();
    };
    const failed = (error: unknown): void => {
      this.#parts.onError(error);
      connection.link.close('broken');
    };
    let hasBegun = false;
    const earlier = (messages: readonly Message[]): void => {
      const who = hasBegun ? {} : { presentUsers: this.#parts.requests.presentUsers.list(request.conversationId) };
      hasBegun = true;
      // As long as it goes on, a client that is not read is not silent.
      connection.link.pause();
      this.#parts.reply.frames(connection, dialect.entrance?.earlier({ messages, ...who }) ?? []);
    };
    perform<'JoinConversation'>(this.#parts.requests, connection, request, { answered, failed, earlier });
  }
}
