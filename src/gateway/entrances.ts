import type { Clock } from '../app/ports.ts';
import type { Answers } from '../core/commands.ts';
import type { Message } from '../core/model.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusals.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Reply } from './answers.ts';
import type { Connection, HeldPacket } from './connection.ts';
import type { InboundPackets } from './inbound.ts';
import type { RequestParts } from './request-parts.ts';
import { perform } from './requests.ts';
import type { Knock } from './transport.ts';

export type EntranceParts = {
  readonly requests: RequestParts;
  readonly reply: Reply;
  readonly inbound: InboundPackets;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
};

const heldPacketsLimit = 256;

/** Mounts where connecting is joining. */
export class Entrances {
  readonly #parts: EntranceParts;

  constructor(parts: EntranceParts) {
    this.#parts = parts;
  }

  /** What comes before the entrance is through waits for it, in order; what is too much is refused after it. */
  holds(connection: Connection, packet: HeldPacket): boolean {
    if (!connection.held) return false;
    if (connection.held.length < heldPacketsLimit) connection.held.push(packet);
    else connection.notHeld++;
    return true;
  }

  /** Joins what the address names, and tells the newcomer what the dialect tells newcomers; or closes with the reason. */
  enter(connection: Connection, dialect: Dialect, knock: Knock): void {
    const request = dialect.entrance?.read(knock.room, knock.query);
    if (!request) {
      connection.link.close('roomNotFound');
      return;
    }
    connection.held = [];
    const answered = (answer: Answers['JoinConversation'] | Refusal): void => {
      if (isRefusal(answer)) {
        connection.link.close(answer.refused === 'UNAVAILABLE' ? 'broken' : 'roomNotFound');
        return;
      }
      connection.home = answer.conversationId;
      this.#parts.reply.frames(connection, dialect.entrance?.answer(answer, this.#parts.clock.nowMs()) ?? []);
      const held = connection.held ?? [];
      connection.held = undefined;
      for (const { event, payload, ack } of held) this.#parts.inbound.receive(connection, event, payload, ack);
      if (connection.notHeld === 0) return;
      const message = `${connection.notHeld} messages came before the room was open, and were refused. Send them again.`;
      const refusal = refuse('RATE_LIMITED', { message, retryAfterMs: 1000 });
      this.#parts.reply.refuse(connection, dialect, refusal, undefined, undefined);
    };
    const failed = (error: unknown): void => {
      this.#parts.onError(error);
      connection.link.close('broken');
    };
    let hasBegun = false;
    const earlier = (messages: readonly Message[]): void => {
      const who = hasBegun ? {} : { presentUsers: this.#parts.requests.presentUsers.list(request.conversationId) };
      hasBegun = true;
      this.#parts.reply.frames(connection, dialect.entrance?.earlier({ messages, ...who }) ?? []);
    };
    perform<'JoinConversation'>(this.#parts.requests, connection, request, { answered, failed, earlier });
  }
}
