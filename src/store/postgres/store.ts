import {
  type AppendItem,
  type AppendOutcome,
  type EntryRange,
  type FollowerStore,
  type Head,
  type Store,
  type StoredFile,
  StoreUnavailable,
} from '../../app/ports.ts';
import type { Precondition } from '../../core/decisions.ts';
import type { TimeMs } from '../../core/model.ts';
import { type BatchResult, type ItemResult, readOutcome } from '../batch.ts';
import { GroupCommit, type OnBatch } from '../group-commit.ts';
import { StaleFacts } from '../stale-facts.ts';
import { connectionSettings } from './address.ts';
import type { WrittenCall } from './batch.ts';
import { askWithRetries, DatabaseConnection, type Row, type Statement, type Values, wordsOf } from './connection.ts';
import { type WrittenItem, writeFileItem, writeItem } from './drafts.ts';
import { erasureStore } from './erasure.ts';
import { followerStore } from './followers.ts';
import { forgetSessions } from './forget-sessions.ts';
import { migrate } from './migrate.ts';
import { conversationReader } from './read-conversations.ts';
import { type Ask, logReader } from './read-log.ts';
import { messageReader } from './read-messages.ts';
import { peopleReader } from './read-people.ts';
import { recordReader } from './read-records.ts';
import { retentionStore } from './retention.ts';
import { type KnownLog, Writing } from './writing.ts';

export type PostgresOptions = {
  /** `postgres://user:password@host:port/database?sslmode=…` */
  readonly url: string;
  /** Names this node to the others: they pass over what it tells of its own commits. */
  readonly node: string;
  /** How far apart commits start under load. */
  readonly commitDistanceMs?: number;
  /** Called, once, when the log has lost what this node had seen of it: a backup was put in its place, or a standby. */
  readonly onSetBack?: () => void;
  readonly onBatch?: OnBatch;
};

const readingConnections = 4;
/** How long a reading waits for a database that is away. */
const retryReadsForMs = 5_000;

const forgetWriters: Statement = {
  name: 'forget_writers',
  text: "DELETE FROM writers WHERE at < now() - interval '7 days'",
};
const renewEpoch: Statement = {
  name: 'renew_epoch',
  text: `SELECT renew_epoch_if_set_back($1, head.position < $2)
    FROM (SELECT lock_head() AS position) head`,
};

type Readers = ReturnType<typeof logReader> &
  ReturnType<typeof conversationReader> &
  ReturnType<typeof messageReader> &
  ReturnType<typeof peopleReader> &
  ReturnType<typeof recordReader>;

/** The store in PostgreSQL 15 or newer, shared by any number of nodes. */
export class PostgresStore implements Store {
  readonly #writing: Writing;
  readonly #reading: readonly DatabaseConnection[];
  readonly #groupCommit: GroupCommit<WrittenCall>;
  readonly #stale = new StaleFacts();
  readonly #read: Readers;
  /** The history that this store was opened on. */
  readonly #log: KnownLog;
  readonly #onSetBack: (() => void) | undefined;
  readonly #retries = {
    retryForMs: retryReadsForMs,
    pick: () => this.#reading.reduce((best, other) => (other.outstanding < best.outstanding ? other : best)),
    isClosed: () => this.#closing !== undefined,
  };
  #isSetBack = false;
  #closing: Promise<void> | undefined;

  private constructor({ url, node, onSetBack, commitDistanceMs = 5, onBatch }: PostgresOptions, head: Head) {
    const settings = connectionSettings(url);
    this.#log = { epoch: head.epoch, seen: head.position };
    this.#onSetBack = onSetBack;
    this.#writing = new Writing({
      settings,
      node,
      log: this.#log,
      onUnsettled: (words) => this.#groupCommit.refuseWaiting(words),
      onSetBack: () => this.#setBack(),
    });
    this.#reading = Array.from({ length: readingConnections }, () => new DatabaseConnection(settings));
    this.#groupCommit = new GroupCommit((calls) => this.#commit(calls), commitDistanceMs, onBatch);
    const ask: Ask = (statement, values) => this.#ask(statement, values);
    this.#read = {
      ...logReader(ask),
      ...conversationReader(ask),
      ...messageReader(ask),
      ...recordReader(ask),
      ...peopleReader(ask),
    };
  }

  /** Connects and migrates. Rejects when the database cannot be reached, and when it is of a newer build. */
  static async open(options: PostgresOptions): Promise<PostgresStore> {
    const settings = connectionSettings(options.url);
    await migrate(settings);
    const connection = new DatabaseConnection(settings);
    try {
      const head = await logReader((statement, values) => connection.ask(statement, values)).head();
      await connection.ask(forgetWriters, []);
      return new PostgresStore(options, head);
    } finally {
      await connection[Symbol.asyncDispose]();
    }
  }

  async append(items: readonly AppendItem[]): Promise<readonly AppendOutcome[]> {
    const written: WrittenItem[] = [];
    /** Of each item, its place among those that are written, or why it cannot be. */
    const places = items.map((item) => {
      try {
        return written.push(writeItem(item)) - 1;
      } catch (error) {
        return wordsOf(error);
      }
    });
    const results = written.length === 0 ? [] : await this.#write(written);
    return items.map((item, index) => {
      const place = places[index];
      if (typeof place === 'string') return { ok: false, failed: place };
      return readOutcome(item, expectResult(results[place ?? -1]));
    });
  }

  async saveFile(file: StoredFile): Promise<void> {
    const [result] = await this.#write([writeFileItem(file)]);
    if (result !== undefined && 'failed' in result) throw new Error(result.failed);
  }

  readonly retention = retentionStore((statement, values) => this.#ask(statement, values));
  readonly erasure = erasureStore((statement, values) => this.#ask(statement, values));

  /** On a connection for readings, where no append waits behind it. Repeating it after a lost connection does no harm. */
  forgetSessions(savedBefore: TimeMs): Promise<number> {
    return forgetSessions((statement, values) => this.#ask(statement, values), savedBefore);
  }

  /** Never tells of an entry of this node before the append that wrote it was answered. */
  async readEntries(range: EntryRange) {
    const answer = await this.#read.readEntries(range);
    await this.#groupCommit.answered();
    // What comes now would be put behind what is lost.
    if (this.#isSetBack) throw new StoreUnavailable('The log is of another history. This node starts anew.');
    this.#log.seen = Math.max(this.#log.seen, answer.entries.at(-1)?.position ?? 0);
    return answer;
  }

  /** Notices, too, when the log is not the one that this node knows. */
  async head(): Promise<Head> {
    const { seen, epoch } = this.#log;
    let head = await this.#read.head();
    if (head.epoch === epoch && head.position < seen) {
      await this.#ask(renewEpoch, [epoch, seen]);
      head = await this.#read.head();
    }
    if (head.epoch !== epoch) this.#setBack();
    else this.#log.seen = Math.max(this.#log.seen, head.position);
    return head;
  }

  readonly loadConversation: Store['loadConversation'] = (id) => this.#read.loadConversation(id);
  readonly loadMember: Store['loadMember'] = (id, userId) => this.#read.loadMember(id, userId);
  readonly listMembers: Store['listMembers'] = (id, page) => this.#read.listMembers(id, page);
  readonly loadMemberships: Store['loadMemberships'] = (userIds) => this.#read.loadMemberships(userIds);
  readonly listConversations: Store['listConversations'] = (userId, page) => this.#read.listConversations(userId, page);
  readonly viewConversation: Store['viewConversation'] = (id, userId) => this.#read.viewConversation(id, userId);
  readonly countUnread: Store['countUnread'] = (userId) => this.#read.countUnread(userId);
  readonly listSupportChats: Store['listSupportChats'] = (page) => this.#read.listSupportChats(page);
  readonly findAcquaintances: Store['findAcquaintances'] = (userId, others) =>
    this.#read.findAcquaintances(userId, others);
  readonly readMessages: Store['readMessages'] = (range) => this.#read.readMessages(range);
  readonly loadMessage: Store['loadMessage'] = (id, messageId) => this.#read.loadMessage(id, messageId);
  readonly countQuotes: Store['countQuotes'] = (messageId, limit) => this.#read.countQuotes(messageId, limit);
  readonly findByClientMessageId: Store['findByClientMessageId'] = (id, senderId, clientMessageId) =>
    this.#read.findByClientMessageId(id, senderId, clientMessageId);
  readonly loadUsers: Store['loadUsers'] = (ids) => this.#read.loadUsers(ids);
  readonly findUsers: Store['findUsers'] = (words, limit) => this.#read.findUsers(words, limit);
  readonly loadRevocations: Store['loadRevocations'] = () => this.#read.loadRevocations();
  readonly loadBans: Store['loadBans'] = () => this.#read.loadBans();
  readonly loadBlocks: Store['loadBlocks'] = (userIds) => this.#read.loadBlocks(userIds);
  readonly loadLastSeen: Store['loadLastSeen'] = (userIds) => this.#read.loadLastSeen(userIds);
  readonly saveLastSeen: Store['saveLastSeen'] = (seen) => this.#read.saveLastSeen(seen);
  readonly countUnreadNotifications: Store['countUnreadNotifications'] = (userId) =>
    this.#read.countUnreadNotifications(userId);
  readonly listNotifications: Store['listNotifications'] = (userId, page) => this.#read.listNotifications(userId, page);
  readonly loadNotification: Store['loadNotification'] = (id) => this.#read.loadNotification(id);
  readonly loadSessions: Store['loadSessions'] = (ids) => this.#read.loadSessions(ids);
  readonly followers: FollowerStore = followerStore((statement, values) => this.#ask(statement, values));
  readonly loadFile: Store['loadFile'] = (id) => this.#read.loadFile(id);

  /** Writes what waits, and closes all connections. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#groupCommit.idle();
    await Promise.all([this.#writing, ...this.#reading].map((connection) => connection[Symbol.asyncDispose]()));
  }

  #write(items: readonly WrittenItem[]): Promise<readonly ItemResult[]> {
    const unavailable = this.#closing === undefined ? this.#writing.unsettled : 'The store is closed.';
    if (unavailable !== undefined) return Promise.reject(new StoreUnavailable(unavailable));
    const characters = items.reduce((sum, { text }) => sum + text.length, 0);
    return this.#groupCommit.add(items, items.length, characters);
  }

  /** Other nodes may write between two batches, so what stands on facts that the one before has found wrong is left out. */
  async #commit(calls: readonly WrittenCall[]): Promise<BatchResult> {
    const items = calls.flat();
    const fresh = items.filter(({ item }) => !item?.decidedIn || !this.#stale.isStale(item.decidedIn));
    const results = fresh.length === 0 ? [] : await this.#writing.commit(fresh);
    if ('unavailable' in results) return results;
    for (const [index, { item }] of fresh.entries()) {
      const result = results[index];
      if (!item?.decidedIn || !result || !('broken' in result)) continue;
      const broken = item.expects[result.broken]?.is;
      if (broken === undefined || !ofMessages.has(broken)) this.#stale.broken(item.decidedIn);
    }
    if (fresh.length === items.length) return results;
    let at = 0;
    return items.map((item) => (item === fresh[at] ? (results[at++] as ItemResult) : { stale: true }));
  }

  #setBack(): void {
    if (this.#isSetBack) return;
    this.#isSetBack = true;
    this.#onSetBack?.();
  }

  /** Asks on the connection with the least to do. */
  #ask(statement: Statement, values: Values): Promise<readonly Row[]> {
    return askWithRetries(this.#retries, statement, values);
  }
}

function expectResult(result: ItemResult | undefined): ItemResult {
  if (result === undefined) throw new Error('The database answered for fewer items than it was given.');
  return result;
}

/** What is expected of a message says nothing of the facts that others stood on. */
const ofMessages: ReadonlySet<Precondition['is']> = new Set(['message', 'messageAs', 'reaction']);
