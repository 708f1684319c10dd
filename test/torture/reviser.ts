import { setTimeout as wait } from 'node:timers/promises';
import { type Client, readText, textOf, type World } from './client.ts';
import type { Http } from './http.ts';
import type { Random } from './random.ts';
import { keyOf } from './record.ts';
import { deleted, type Revision } from './revisions.ts';
import { SocketIoClient } from './socket-io-client.ts';
import { isFrame } from './speech.ts';

const reviseEveryMs = 40;
const tryAgainMs = 150;
const atOnce = 8;
/** How far back it looks for what it changes: mostly to what was said just now, at times to what was said at any time. */
const looksBack = [2, 2, 30, 30, Number.POSITIVE_INFINITY];

export type ReviserParts = {
  readonly world: World;
  readonly http: Http;
  readonly client: Client;
  readonly random: Random;
  /** Where there is one node only, it is sure who answers over HTTP. */
  readonly isOneNode: boolean;
};

/** One talker's edits and deletions of what it has said, each asked for until it is answered. */
export class Reviser {
  readonly #parts: ReviserParts;
  /** The reading of each turn that was changed. */
  readonly #readings = new Map<number, number>();
  /** Turns that are being changed, and those that may be deleted only. */
  readonly #underWay = new Set<number>();
  readonly #endEdited = new Set<number>();
  readonly #timer: NodeJS.Timeout;
  #hasEnded = false;

  constructor(parts: ReviserParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#reviseOne(), reviseEveryMs);
  }

  get isIdle(): boolean {
    return this.#underWay.size === 0;
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

  #reviseOne(): void {
    const { client, random, world } = this.#parts;
    const { said } = client;
    if (this.#underWay.size >= atOnce || said.length === 0) return;
    const answered = said.length - client.outstanding.size;
    const turn = random.between(Math.max(0, answered - random.of(looksBack)), said.length - 1);
    const before = this.#readings.get(turn) ?? 0;
    const isSaidThere = said.conversations.at(turn) === world.revised && said.answeredAt.at(turn) > 0;
    if (!isSaidThere || before === deleted || this.#underWay.has(turn)) return;
    const isDeletion = random.next() < 0.2;
    if (!isDeletion && this.#endEdited.has(turn)) return;
    const revision: Revision = {
      talker: client.parts.index,
      turn,
      messageId: said.ids.at(turn),
      reading: isDeletion ? deleted : before + 1,
      attempts: 0,
      answeredAt: 0,
      answeredBy: 0,
    };
    this.#readings.set(turn, revision.reading);
    if (isDeletion) world.record.beingDeleted.add(revision.messageId);
    this.#underWay.add(turn);
    world.record.revisions.push(revision);
    void this.#untilAnswered(revision);
  }

  async #untilAnswered(revision: Revision): Promise<void> {
    const { client, random, world } = this.#parts;
    const { padding, index } = client.parts;
    const { reading, turn } = revision;
    const text = reading === deleted ? undefined : textOf(keyOf(index, turn), padding, reading);
    while (!this.#hasEnded) {
      const overSocket = client instanceof SocketIoClient && random.next() < 0.75 ? client : undefined;
      if (!overSocket || overSocket.canSpeak) {
        revision.attempts++;
        const asked = overSocket
          ? overSocket.revise(world.conversations[world.revised] as string, revision.messageId, text)
          : this.#overHttp(revision.messageId, text);
        const answeredBy = await asked.catch(() => undefined);
        if (answeredBy !== undefined) {
          revision.answeredBy = answeredBy;
          revision.answeredAt = world.now();
          break;
        }
      }
      await wait(tryAgainMs);
    }
    if (revision.attempts > 1) this.#endEdited.add(turn);
    this.#underWay.delete(turn);
  }

  /** As `revise` of a client. */
  async #overHttp(messageId: number, text: string | undefined): Promise<number | undefined> {
    const { http, client, world, isOneNode } = this.#parts;
    const path = `/api/v1/conversations/${world.conversations[world.revised]}/messages/${messageId}`;
    const caller = { token: world.token(client.parts.userId) };
    const { status, json } = await (text === undefined
      ? http.call('DELETE', path, caller)
      : http.call('PATCH', path, caller, { text }));
    if (status !== 200 || !isFrame(json)) return undefined;
    const isAsAsked =
      text === undefined ? json.text === '' : readText(String(json.text)).reading === readText(text).reading;
    if (!isAsAsked) client.heard.objections.push(`a revision of ${messageId} that was answered with ${json.text}`);
    return isOneNode ? 1 : 0;
  }
}
