import { setTimeout as wait } from 'node:timers/promises';
import type { Client, World } from './client.ts';
import type { Http } from './http.ts';
import type { Random } from './random.ts';
import { emojis, isSetAfter, lineOf, type ReactionStep } from './reactions.ts';
import { SocketIoClient } from './socket-io-client.ts';

const reactEveryMs = 60;
const tryAgainMs = 150;
const atOnce = 8;
/** How far back among what it has heard it looks for what it reacts to. */
const looksBack = [1, 3, 30, 300];
/** Of so many of its newest reactions it may take one back, or set it again. */
const toggles = 40;

export type ReactorParts = {
  readonly world: World;
  readonly http: Http;
  readonly client: Client;
  readonly random: Random;
};

/** One user's reactions to what it hears, each asked for until it is answered. */
export class Reactor {
  readonly #parts: ReactorParts;
  /** The newest step of each reaction that may be followed by another. */
  readonly #done: ReactionStep[] = [];
  /** Reactions that this user has ever wished for. */
  readonly #known = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #underWay = 0;
  #hasEnded = false;

  constructor(parts: ReactorParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#reactOnce(), reactEveryMs);
  }

  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /** Asks for nothing new. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Gives up what was not answered. */
  close(): void {
    this.stop();
    this.#hasEnded = true;
  }

  #reactOnce(): void {
    if (this.#underWay >= atOnce) return;
    const { random, world } = this.#parts;
    const before = random.next() < 0.4 ? this.#takeDone() : undefined;
    const next = before ? { ...before, step: before.step + 1 } : this.#newReaction();
    if (!next || world.record.beingDeleted.has(next.messageId)) return;
    const step = { ...next, conversation: world.revised, askedAt: world.now(), attempts: 0, answeredAt: 0 };
    world.record.reactions.push(step);
    this.#underWay++;
    void this.#untilAnswered(step).finally(() => this.#underWay--);
  }

  #takeDone(): ReactionStep | undefined {
    const { length } = this.#done;
    if (length === 0) return undefined;
    const [taken] = this.#done.splice(this.#parts.random.between(Math.max(0, length - toggles), length - 1), 1);
    return taken;
  }

  #newReaction(): Pick<ReactionStep, 'user' | 'messageId' | 'emoji' | 'step'> | undefined {
    const { client, random, world } = this.#parts;
    const messageId = client.heardBack(world.revised, random.between(0, random.of(looksBack)));
    const reaction = { user: client.parts.index, messageId, emoji: random.between(0, emojis.length - 1), step: 1 };
    if (messageId === 0 || this.#known.has(lineOf(reaction))) return undefined;
    this.#known.add(lineOf(reaction));
    return reaction;
  }

  async #untilAnswered(step: ReactionStep): Promise<void> {
    const { client, random, world } = this.#parts;
    const { messageId, emoji } = step;
    // Nobody reacts to what is deleted.
    while (!this.#hasEnded && !world.record.beingDeleted.has(messageId)) {
      const overSocket = client instanceof SocketIoClient && random.next() < 0.75 ? client : undefined;
      if (!overSocket || overSocket.canSpeak) {
        step.attempts++;
        const [word, isSet] = [emojis[emoji] as string, isSetAfter(step.step)];
        const asked = overSocket
          ? overSocket.react(world.conversations[world.revised] as string, messageId, word, isSet)
          : this.#overHttp(messageId, word, isSet);
        if (await asked.catch(() => false)) {
          step.answeredAt = world.now();
          if (step.attempts === 1) this.#done.push(step);
          return;
        }
      }
      await wait(tryAgainMs);
    }
  }

  async #overHttp(messageId: number, emoji: string, isSet: boolean): Promise<boolean> {
    const { http, client, world } = this.#parts;
    const message = `/api/v1/conversations/${world.conversations[world.revised]}/messages/${messageId}`;
    const caller = { token: world.token(client.parts.userId) };
    const path = `${message}/reactions/${encodeURIComponent(emoji)}`;
    return (await http.call(isSet ? 'PUT' : 'DELETE', path, caller)).status === 200;
  }
}
