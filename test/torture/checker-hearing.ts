import { checkGuest } from './checker-guests.ts';
import { type Connect, type Heard, type Record, talkerOf, turnOf } from './record.ts';
import type { Truth, Verdict } from './verdict.ts';

/** How many hearings in a hundred may be repeats before they are no longer rare, and how many always may. */
const repeatsPerCent = 1;
const repeatsAlways = 500;

/** Every listener heard every message of what it listens to, in order, once. */
export function checkHearing(record: Record, truths: readonly Truth[], verdict: Verdict): void {
  for (const heard of record.heard) {
    verdict.hearings += heard.ids.length;
    for (const objection of heard.objections) verdict.add('objection', `${heard.name}: ${objection}`);
    for (const connect of heard.connects.slice(1)) {
      if (!connect.isContinued) verdict.add('notContinued', `${heard.name} at ${connect.at} ms`);
    }
    const listening = new Listening(heard, record, truths, verdict);
    listening.walk();
    listening.end();
  }
  if (verdict.repeats > repeatsAlways + (verdict.hearings * repeatsPerCent) / 100) {
    verdict.add('repeatedTooMuch', `${verdict.repeats} of ${verdict.hearings}`);
  }
}

/** What one listener has heard of one conversation. */
type Line = {
  /** Where in the history it began; what comes before was not heard live. */
  readonly first: number;
  /** Everything before is heard or among the holes. */
  next: number;
  readonly holes: Set<number>;
};

class Listening {
  readonly #heard: Heard;
  readonly #record: Record;
  readonly #truths: readonly Truth[];
  readonly #verdict: Verdict;
  readonly #lines = new Map<number, Line>();
  readonly #toldAgain = new Map<number, number>();
  #connect: Connect | undefined;
  /** The newest id heard on this connection. */
  #newest = 0;

  constructor(heard: Heard, record: Record, truths: readonly Truth[], verdict: Verdict) {
    this.#heard = heard;
    this.#record = record;
    this.#truths = truths;
    this.#verdict = verdict;
  }

  walk(): void {
    const { ids, keys, conversations, connects } = this.#heard;
    let nextConnect = 0;
    for (let at = 0; at < ids.length; at++) {
      for (let connect = connects[nextConnect]; connect && connect.heardBefore <= at; connect = connects[nextConnect]) {
        this.#connect = connect;
        this.#newest = 0;
        nextConnect++;
      }
      this.#hear(conversations.at(at), ids.at(at), keys.at(at));
    }
  }

  #hear(conversation: number, id: number, key: number): void {
    const { rule, name } = this.#heard;
    const truth = this.#truths[conversation];
    const index = truth?.indexOf(id);
    if (!truth || index === undefined || truth.keyAt(index) !== key) {
      const instead = truth && index !== undefined ? `, which is another message in the history` : '';
      this.#verdict.add('neverSaid', `${name} heard message ${id} in conversation ${conversation}${instead}`);
      return;
    }
    const line = this.#lines.get(conversation);
    if (!line) this.#lines.set(conversation, { first: index, next: index + 1, holes: new Set() });
    else if (index >= line.next) {
      for (let hole = line.next; hole < index; hole++) line.holes.add(hole);
      line.next = index + 1;
    } else if (line.holes.delete(index)) {
      if (rule !== 'synced') this.#late(id, conversation);
      return;
    } else {
      this.#again(index, line, id, key);
      return;
    }
    if (rule !== 'synced' && id < this.#newest) this.#late(id, conversation);
    this.#newest = Math.max(this.#newest, id);
  }

  #late(id: number, conversation: number): void {
    const { name } = this.#heard;
    this.#verdict.add('disordered', `${name} heard ${id} after ${this.#newest} (conversation ${conversation})`);
  }

  #again(index: number, line: Line, id: number, key: number): void {
    const { rule, name, joins } = this.#heard;
    if (rule === 'synced') return;
    const from = this.#connect?.from;
    const isAfterCut = from !== undefined && id > from && id > this.#newest;
    // The client had heard it, but not yet that it had: it stood in the log before what was cut off.
    if (isAfterCut && index >= line.first) {
      this.#verdict.repeats++;
      this.#newest = id;
      return;
    }
    // A node that is behind writes a join down as of what it has heard; live, it lets the client in when the join is committed. Who
    // was cut off before it was told a place behind that is told what lies between, then.
    if (isAfterCut && joins) {
      this.#newest = id;
      return;
    }
    if (this.#mayBeToldAgain(key)) return;
    this.#verdict.add(
      'doubled',
      `${name} heard message ${id} again, after ${this.#newest}, ${
        from === undefined ? 'on a new session' : `resumed at ${from}`
      } at ${this.#connect?.at} ms`,
    );
  }

  /** Where there is no other answer, saying it again is answered with the message itself. */
  #mayBeToldAgain(key: number): boolean {
    if (this.#heard.repeatsOf === undefined || talkerOf(key) !== this.#heard.repeatsOf) return false;
    const times = (this.#toldAgain.get(key) ?? 0) + 1;
    this.#toldAgain.set(key, times);
    return times < (this.#record.said[talkerOf(key)]?.attempts.at(turnOf(key)) ?? 0);
  }

  end(): void {
    const { rule } = this.#heard;
    if (rule === 'guest') {
      const missed = (conversation: number, truth: Truth, unheard: readonly number[]) =>
        this.#missed(conversation, truth, unheard);
      checkGuest(this.#heard, this.#record, this.#truths, missed, this.#verdict);
    } else for (const [conversation, since] of this.#heard.listensSince) this.#endOf(conversation, since);
  }

  #endOf(conversation: number, since: number): void {
    const truth = this.#truths[conversation];
    if (!truth) return;
    const line = this.#lines.get(conversation);
    const first = line?.first ?? truth.length;
    const missed = [...(line?.holes ?? [])];
    for (let index = 0; index < first; index++) if (this.#sentAt(truth, index) > since) missed.push(index);
    for (let index = line?.next ?? truth.length; index < truth.length; index++) missed.push(index);
    this.#missed(conversation, truth, missed);
  }

  #missed(conversation: number, truth: Truth, unheard: readonly number[]): void {
    // Who was away when a message was deleted needs not hear of it.
    const missed = unheard.filter((index) => !truth.isDeletedAt(index));
    const [first] = missed;
    if (first === undefined) return;
    const ids = missed.slice(0, 5).map((index) => truth.idAt(index));
    const last = truth.idAt(missed.at(-1) ?? first);
    const words =
      `${this.#heard.name}, conversation ${conversation}: ${missed.length}, the first ${ids.join(', ')}, the last ${last}, ` +
      `said from ${this.#sentAt(truth, first)} to ${this.#sentAt(truth, missed.at(-1) ?? first)} ms; it connected at ` +
      this.#heard.connects
        .map(({ at, from }) => `${at} ms (${from ?? 'new'})`)
        .slice(-20)
        .join(', ');
    this.#verdict.add('missed', words, missed.length);
  }

  #sentAt(truth: Truth, index: number): number {
    const key = truth.keyAt(index);
    return this.#record.said[talkerOf(key)]?.firstSentAt.at(turnOf(key)) ?? 0;
  }
}
