import type { DatabaseSync } from 'node:sqlite';
import type { Message, Position } from '../../core/model.ts';
import {
  type BatchItem,
  type BatchResult,
  type DraftResult,
  type ItemResult,
  isPlain,
  type PlainItem,
  type ReadItem,
} from '../batch.ts';
import { writeMessage } from '../rows.ts';
import { catchUp } from './catch-up.ts';
import { Drafts } from './drafts.ts';
import { Preconditions } from './preconditions.ts';
import { Tables } from './tables.ts';
import { findUnavailable } from './unavailable.ts';

/** Applies one batch in one transaction; runs in the writer's thread. */
export class Applier {
  readonly #db: DatabaseSync;
  readonly #tables: Tables;
  readonly #preconditions: Preconditions;
  readonly #drafts: Drafts;
  readonly #statements: ReturnType<typeof prepare>;
  #head: Position = 0;
  /** What the file's rows lack is not in memory any more, and where the log ends has to be read anew. */
  #isBehind = true;

  /**
   * Lets the file's rows catch up with its log, which whoever wrote it last may have left behind. Where that cannot be written (the
   * disk is full), the file can be read all the same, and whoever writes first tries again.
   */
  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#tables = new Tables(db);
    this.#preconditions = new Preconditions(db, this.#tables);
    this.#drafts = new Drafts(db, this.#tables);
    this.#statements = prepare(db);
    try {
      this.saveRows();
    } catch (error) {
      if (findUnavailable(error) === undefined) throw error;
    }
  }

  /** All items at once. One that fails for a reason of its own is left out; when the disk fails, all are. */
  apply(items: readonly ReadItem[]): BatchResult {
    try {
      try {
        return this.#commit(() => items.map((item) => this.#applyItem(item)));
      } catch (error) {
        if (findUnavailable(error) !== undefined) throw error;
        // Some item is broken in itself: once more, each behind a savepoint, which would cost every good batch.
        return this.#commit(() => {
          const results = items.map((item) => this.#applyGuarded(item));
          this.#tables.requireSave();
          return results;
        });
      }
    } catch (error) {
      const unavailable = findUnavailable(error);
      if (unavailable === undefined) throw error;
      return { unavailable };
    }
  }

  /** Whether rows of conversations and members are behind the log. */
  get hasUnsaved(): boolean {
    return this.#isBehind || this.#tables.hasUnsaved;
  }

  /** Writes the rows that are behind. Throws when they cannot be written; they can be later. */
  saveRows(): void {
    if (!this.hasUnsaved) return;
    this.#commit(() => {
      if (this.#tables.hasUnsaved) this.#tables.requireSave();
      return [];
    });
  }

  /** Reads rows anew from now on: they were changed by somebody else, when none was behind. */
  forgetRows(): void {
    this.#tables.forget();
  }

  #commit(work: () => readonly ItemResult[]): readonly ItemResult[] {
    const { begin, updateHead, updateFollowed, commit } = this.#statements;
    try {
      begin.run();
      if (this.#isBehind) {
        catchUp(this.#db);
        this.#head = this.#readHead();
      }
      const headBefore = this.#head;
      const results = work();
      this.#drafts.messageRows.write();
      if (this.#tables.mustSave && this.#tables.isScattered) {
        updateHead.run(this.#head);
        catchUp(this.#db);
        this.#tables.saved();
      } else if (this.#tables.mustSave) {
        this.#tables.save();
        updateFollowed.run(this.#head, this.#head);
      } else if (this.#head !== headBefore) {
        updateHead.run(this.#head);
      }
      commit.run();
      this.#isBehind = false;
      return results;
    } catch (error) {
      // First of all, since a disk that fails may fail at what follows as well.
      this.#drafts.messageRows.drop();
      this.#tables.forget();
      this.#isBehind = true;
      // Some failures (a full disk) have ended the transaction already.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #applyGuarded(item: ReadItem): ItemResult {
    const headBefore = this.#head;
    this.#db.exec('SAVEPOINT item');
    try {
      const result = this.#applyItem(item);
      this.#drafts.messageRows.write();
      this.#tables.save();
      this.#db.exec('RELEASE item');
      return result;
    } catch (error) {
      if (findUnavailable(error) !== undefined) throw error;
      this.#db.exec('ROLLBACK TO item');
      this.#db.exec('RELEASE item');
      this.#drafts.messageRows.drop();
      this.#tables.forget();
      this.#head = headBefore;
      return { failed: error instanceof Error ? error.message : String(error) };
    }
  }

  #applyItem(item: ReadItem): ItemResult {
    if (isPlain(item)) return this.#applyPlain(item);
    // What comes now may look at what is said before it.
    this.#drafts.messageRows.write();
    const repeatOf = this.#findRepeat(item);
    if (repeatOf !== undefined) return { repeatOf, head: this.#head };
    const broken = this.#preconditions.findBroken(item.expects);
    if (broken >= 0) return { broken, head: this.#head };

    const done: DraftResult[] = [];
    let marked: readonly Position[] | undefined;
    for (const draft of item.drafts) {
      if (draft.type === 'ReadCursorMoved') {
        const mark = this.#drafts.applyMark(draft, this.#head + 1, item.at);
        marked = marked === undefined ? mark.marked : [...marked, ...mark.marked];
        if (mark.move !== undefined) this.#head++;
        done.push(mark.move === undefined ? 0 : { position: this.#head, ...mark.move });
      } else {
        this.#head++;
        done.push(this.#drafts.apply(draft, this.#head, item.at));
      }
    }
    if (item.session !== undefined) {
      const { id, userId } = item.session;
      this.#statements.saveSession.run(id, userId, item.at, JSON.stringify(item.session));
    }
    if (item.file !== undefined) this.#statements.saveFile.run(item.file.id, JSON.stringify(item.file));
    return marked === undefined ? { done } : { done, marked };
  }

  #applyPlain(item: PlainItem): ItemResult {
    const { clientMessageId } = item;
    if (clientMessageId !== undefined && this.#drafts.messageRows.hasWaiting(clientMessageId)) {
      this.#drafts.messageRows.write();
    }
    const repeatOf = this.#findSaid(item);
    if (repeatOf !== undefined) return { repeatOf, head: this.#head };
    const broken = this.#preconditions.findBrokenOfPlain(item);
    if (broken >= 0) return { broken, head: this.#head };
    const said = this.#drafts.applyPlain(item, this.#head + 1);
    this.#head++;
    return said;
  }

  /** Before everything else: a repeat is answered even where the sender may not send any more. */
  #findRepeat({ drafts }: BatchItem): Message | undefined {
    for (const draft of drafts) {
      const said = draft.type === 'MessageSent' ? this.#findSaid(draft) : undefined;
      if (said !== undefined) return said;
    }
    return undefined;
  }

  /** What was said before under the same client's id. */
  #findSaid(message: Pick<PlainItem, 'conversationId' | 'senderId' | 'clientMessageId'>): Message | undefined {
    const { conversationId, senderId, clientMessageId } = message;
    if (clientMessageId === undefined) return undefined;
    const found = this.#statements.selectByClientMessageId.get(conversationId, senderId, clientMessageId);
    if (found === undefined) return undefined;
    return JSON.parse(writeMessage(Number(found.position), Number(found.ordinal), String(found.body)));
  }

  #readHead(): Position {
    return Number(this.#statements.selectHead.get()?.position ?? 0);
  }
}

function prepare(db: DatabaseSync) {
  return {
    // Every batch begins and ends with these: they are parsed once.
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    selectHead: db.prepare('SELECT position FROM log_head'),
    updateHead: db.prepare('UPDATE log_head SET position = ?'),
    updateFollowed: db.prepare('UPDATE log_head SET position = ?, followed = ?'),
    // What an earlier connection of the session saves late never replaces what a later one has saved.
    saveSession: db.prepare(
      `INSERT INTO sessions (id, user_id, saved_at, session_json) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE
       SET user_id = excluded.user_id, saved_at = excluded.saved_at, session_json = excluded.session_json
       WHERE coalesce(session_json ->> 'connection', 1) <= coalesce(excluded.session_json ->> 'connection', 1)`,
    ),
    saveFile: db.prepare('INSERT OR REPLACE INTO files (id, file_json) VALUES (?, ?)'),
    selectByClientMessageId: db.prepare(
      `SELECT position, ordinal, body FROM entries
       WHERE conversation_id = ? AND sender_id = ? AND client_message_id = ?`,
    ),
  };
}
