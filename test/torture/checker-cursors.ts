import { type CursorHeard, type Record, talkerOf, type View } from './record.ts';
import type { Truth, Verdict } from './verdict.ts';

/** Read cursors only move forward, whatever was marked stays read, and in the end everybody knows how far the others have read. */
export function checkCursors(record: Record, truths: readonly Truth[], verdict: Verdict): void {
  checkMarks(record, verdict);
  checkHeard(record, verdict);
  checkEnd(record, truths, verdict);
}

/** Whatever was marked as read stays read. */
function checkMarks(record: Record, verdict: Verdict): void {
  const lines = new Map<string, View[]>();
  for (const view of [...record.views, ...record.lastViews]) {
    const line = lines.get(`${view.user}.${view.conversation}`);
    if (line) line.push(view);
    else lines.set(`${view.user}.${view.conversation}`, [view]);
  }
  for (const { user, conversation, messageId, answeredAt } of record.marks) {
    const line = lines.get(`${user}.${conversation}`) ?? [];
    // Cursors only go forward, so the first reading after the mark speaks for all.
    const next = line[firstAfter(line, answeredAt)];
    if (next && next.readCursor < messageId) {
      verdict.add('cursorBackwards', `client ${user} marked ${messageId} and then was at ${next.readCursor}`);
    }
  }
}

/** Where the first view stands that was asked for after a time; views are in the order of their asking. */
function firstAfter(views: readonly View[], time: number): number {
  let low = 0;
  let high = views.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((views[middle] as View).askedAt <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Within one connection a listener hears each reader's cursor move forward only. */
function checkHeard(record: Record, verdict: Verdict): void {
  const namesMessages = new Set(
    record.heard.flatMap((heard) => (heard.followsMarks === 'ofOthers' ? [heard.name] : [])),
  );
  const last = new Map<string, CursorHeard>();
  for (const heard of record.cursors) {
    const { listener, reader, conversation, messageId, connection } = heard;
    const before = last.get(lineOf(listener, reader, conversation));
    last.set(lineOf(listener, reader, conversation), heard);
    if (!before || before.connection !== connection || messageId > before.messageId) continue;
    // A cursor that moves over the reader's own messages names those before them once more.
    if (messageId === before.messageId && namesMessages.has(listener)) continue;
    verdict.add('cursorBackwards', `${listener} heard client ${reader} at ${before.messageId}, then at ${messageId}`);
  }
}

/** What a listener was told last of a reader's cursor is where it is when everything is over. */
function checkEnd(record: Record, truths: readonly Truth[], verdict: Verdict): void {
  const told = new Map<string, CursorHeard>();
  for (const heard of record.cursors) told.set(lineOf(heard.listener, heard.reader, heard.conversation), heard);
  const markedAt = new Map<string, number>();
  for (const { user, conversation, answeredAt } of record.marks) markedAt.set(`${user}.${conversation}`, answeredAt);
  for (const { user, conversation, readCursor } of record.lastViews) {
    const truth = truths[conversation];
    const marked = markedAt.get(`${user}.${conversation}`) ?? 0;
    if (!truth || readCursor === 0) continue;
    for (const { name, followsMarks, user: listener, listensSince } of record.heard) {
      const since = listensSince.get(conversation);
      if (followsMarks === 'no' || since === undefined || (followsMarks === 'ofOthers' && listener === user)) continue;
      const last = told.get(lineOf(name, user, conversation));
      // Where the messages are named, the reader's own are not.
      const due = followsMarks === 'ofOthers' ? newestOfOthers(truth, user, readCursor) : readCursor;
      const words = `${name}, conversation ${conversation}: client ${user} has read up to ${readCursor}`;
      if (!last) {
        if (marked > since && due > 0) verdict.add('wrongCursorInTheEnd', `${words}, never told`);
      } else if (last.messageId < due || last.messageId > readCursor) {
        verdict.add('wrongCursorInTheEnd', `${words}, told of ${last.messageId} on connection ${last.connection}`);
      }
    }
  }
}

const lineOf = (listener: string, reader: number, conversation: number): string =>
  `${listener}.${reader}.${conversation}`;

/** The newest message up to here that somebody else said and that is there still; 0 when there is none. */
function newestOfOthers(truth: Truth, user: number, upTo: number): number {
  for (let index = truth.upTo(upTo) - 1; index >= 0; index--) {
    if (talkerOf(truth.keyAt(index)) !== user && !truth.isDeletedAt(index)) return truth.idAt(index);
  }
  return 0;
}
