import { type Page, type Record, talkerOf, turnOf } from './record.ts';
import { deleted, type Revision } from './revisions.ts';
import type { Truth, Verdict } from './verdict.ts';

/** Pages are slices of the one history and show what was answered before; counts are those of the history. */
export function checkReading(record: Record, truths: readonly Truth[], verdict: Verdict): void {
  const answered = truths.map((truth) => new AnsweredBefore(record, truth));
  const answeredBy = new Map<string, AnsweredBefore>();
  for (const page of record.pages) {
    const { conversation, shows } = page;
    const truth = truths[conversation];
    if (!truth) continue;
    const line = `${conversation} ${shows}`;
    const due = answeredBy.get(line) ?? (shows === 'all' ? answered[conversation] : undefined);
    const found = due ?? new AnsweredBefore(record, truth, shows === 'none' ? -1 : Number(shows));
    answeredBy.set(line, found);
    checkPage(page, truth, found, verdict);
  }
  checkViews(record, truths, answered, verdict);
}

function checkPage(page: Page, truth: Truth, answered: AnsweredBefore, verdict: Verdict): void {
  const { ids, after, limit, hasMore, count, askedAt, who } = page;
  const where = `${who}, conversation ${page.conversation}, asked at ${askedAt} ms, ${
    after === undefined ? 'the newest' : `after ${after}`
  }`;
  if (count !== ids.length) verdict.add('wrongCount', `${where}: ${count} announced, ${ids.length} came`);
  const [oldest] = ids;
  let start = truth.length;
  if (after !== undefined) start = truth.upTo(after);
  else if (oldest !== undefined) start = truth.indexOf(oldest) ?? truth.length;
  let end = start;
  // Over HTTP deleted messages have their place; elsewhere they are passed over from the moment on in which they are deleted.
  const pass = (upTo: number) => {
    while (page.shows !== 'all' && truth.isDeletedAt(end) && truth.idAt(end) < upTo) end++;
  };
  for (const id of ids) {
    pass(id);
    if (truth.idAt(end) !== id) {
      verdict.add('holeInPage', `${where}: ${id} where ${truth.idAt(end)} is due`);
      return;
    }
    end++;
  }
  const isWhole = ids.length === limit;
  if (after !== undefined && hasMore && end >= truth.length) verdict.add('wrongCount', `${where}: there is no more`);
  if (after !== undefined && (hasMore || isWhole)) return;
  pass(Number.POSITIVE_INFINITY);
  const due = answered.upTo(askedAt);
  if (due > end && !(after === undefined && ids.length === 0 && due === 0)) {
    verdict.add('staleRead', `${where}: ends before message ${truth.idAt(due - 1)}`);
  }
}

/** How much of a conversation's history had been answered at a time, by one node or by any. */
class AnsweredBefore {
  readonly #times: Float64Array;
  readonly #ends: Uint32Array;

  constructor(record: Record, truth: Truth, node?: number) {
    const answered: { at: number; end: number }[] = [];
    for (let index = 0; index < truth.length; index++) {
      const key = truth.keyAt(index);
      const said = record.said[talkerOf(key)];
      if (node !== undefined && said?.answeredBy.at(turnOf(key)) !== node) continue;
      const at = said?.answeredAt.at(turnOf(key));
      if (at) answered.push({ at, end: index + 1 });
    }
    answered.sort((a, b) => a.at - b.at);
    this.#times = Float64Array.from(answered, ({ at }) => at);
    let end = 0;
    this.#ends = Uint32Array.from(answered, (one) => {
      end = Math.max(end, one.end);
      return end;
    });
  }

  /** The length of the shortest beginning of the history that holds everything answered before. */
  upTo(time: number): number {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] as number) < time) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : (this.#ends[low - 1] as number);
  }
}

function checkViews(
  record: Record,
  truths: readonly Truth[],
  answered: readonly AnsweredBefore[],
  verdict: Verdict,
): void {
  const last = new Map<string, { readCursor: number; messageCount: number; lastMessageId: number }>();
  const own = new OwnMessages(truths);
  for (const view of [...record.views, ...record.lastViews]) {
    const { user, conversation, askedAt, readCursor, unreadCount, messageCount, lastMessageId } = view;
    const truth = truths[conversation];
    if (!truth) continue;
    const where = `client ${user}, conversation ${conversation}, asked at ${askedAt} ms`;
    const before = last.get(`${user}.${conversation}`);
    last.set(`${user}.${conversation}`, view);
    if (before && readCursor < before.readCursor) {
      verdict.add('cursorBackwards', `${where}: ${before.readCursor}, then ${readCursor}`);
    }
    if (before && (messageCount < before.messageCount || lastMessageId < before.lastMessageId)) {
      verdict.add('wrongCount', `${where}: ${before.messageCount} messages, then ${messageCount}`);
    }
    const due = (answered[conversation] as AnsweredBefore).upTo(askedAt);
    if (messageCount < due) verdict.add('staleRead', `${where}: ${messageCount} messages of ${due}`);
    if (messageCount > 0 && truth.upTo(lastMessageId) !== messageCount) {
      verdict.add('wrongCount', `${where}: ${messageCount} messages up to ${lastMessageId}`);
    }
    const start = truth.upTo(readCursor);
    const unread = own.othersBetween(conversation, user, start, messageCount);
    const gone = deletedBetween(record.revisions, truth, { start, end: messageCount, user, askedAt });
    if (unreadCount < unread - gone.perhaps || unreadCount > unread - gone.surely) {
      verdict.add(
        'wrongCount',
        `${where}: ${unreadCount} unread, ${unread - gone.perhaps} to ${unread - gone.surely} are`,
      );
    }
  }
}

/** How many of the others' messages in `[start, end)` of the history were deleted when it was asked for: at least, and at most. */
function deletedBetween(
  revisions: readonly Revision[],
  truth: Truth,
  { start, end, user, askedAt }: { start: number; end: number; user: number; askedAt: number },
): { readonly surely: number; readonly perhaps: number } {
  let surely = 0;
  let perhaps = 0;
  if (start >= end) return { surely, perhaps };
  for (const { talker, messageId, reading, answeredAt } of revisions) {
    if (reading !== deleted || talker === user) continue;
    const index = truth.indexOf(messageId);
    if (index === undefined || index < start || index >= end) continue;
    perhaps++;
    if (answeredAt > 0 && answeredAt < askedAt) surely++;
  }
  return { surely, perhaps };
}

/** Counts who said what in a stretch of history. */
class OwnMessages {
  readonly #truths: readonly Truth[];
  readonly #indices = new Map<string, number[]>();

  constructor(truths: readonly Truth[]) {
    this.#truths = truths;
    for (const [conversation, truth] of truths.entries()) {
      for (let index = 0; index < truth.length; index++) {
        const line = `${talkerOf(truth.keyAt(index))}.${conversation}`;
        const indices = this.#indices.get(line);
        if (indices) indices.push(index);
        else this.#indices.set(line, [index]);
      }
    }
  }

  /** Messages of everybody else in `[start, end)` of the history. */
  othersBetween(conversation: number, user: number, start: number, end: number): number {
    const until = Math.min(end, this.#truths[conversation]?.length ?? 0);
    if (until <= start) return 0;
    const indices = this.#indices.get(`${user}.${conversation}`) ?? [];
    return until - start - (countBelow(indices, until) - countBelow(indices, start));
  }
}

function countBelow(sorted: readonly number[], bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
