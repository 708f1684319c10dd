import { dirname } from 'node:path';
import type {
  AppendItem,
  AppendOutcome,
  ConversationFilter,
  EntryRange,
  FollowerStore,
  MessageRange,
  Store,
  StoredFile,
} from '../../app/ports.ts';
import { StoreUnavailable } from '../../app/ports.ts';
import type { ConversationId, Id, Position, TimeMs, UserId } from '../../core/model.ts';
import { makeFolder } from '../../make-folder.ts';
import {
  type BatchResult,
  type ItemResult,
  joinCalls,
  readOutcome,
  type WrittenCall,
  writeFileItem,
  writeItems,
} from '../batch.ts';
import { GroupCommit, type OnBatch } from '../group-commit.ts';
import { erasureStore } from './erasure.ts';
import { followerStore } from './followers.ts';
import { forgetSessions } from './forget-sessions.ts';
import { createOwnerOnly, lockPathOf, takeLock } from './lock.ts';
import { explainOpenError } from './open-errors.ts';
import type { SeenUsers } from './people.ts';
import type { Readings } from './readings.ts';
import { retentionStore } from './retention.ts';
import { SavedRows } from './saved-rows.ts';
import { WorkerPort } from './worker-port.ts';

export type SqliteOptions = {
  /** The database file; made, with its folder, when there is none. */
  readonly path: string;
  /** How far apart commits start under load. */
  readonly commitDistanceMs?: number;
  /** The most pages of 4 KiB that the file may grow to; absent: as the disk allows. */
  readonly maxPages?: number;
  readonly onBatch?: OnBatch;
};

/**
 * The store in one SQLite file. This class only posts messages: one worker writes, another one reads, and rows come as
 * JSON text, which costs this thread a quarter of what cloned objects do.
 */
export class SqliteStore implements Store {
  readonly #lock: Disposable;
  readonly #writer: WorkerPort;
  readonly #reader: WorkerPort;
  readonly #groupCommit: GroupCommit<WrittenCall>;
  readonly #saved: SavedRows;
  #closing: Promise<void> | undefined;

  private constructor(
    lock: Disposable,
    writer: WorkerPort,
    reader: WorkerPort,
    pace: Pick<SqliteOptions, 'commitDistanceMs' | 'onBatch'>,
  ) {
    this.#lock = lock;
    this.#writer = writer;
    this.#reader = reader;
    this.#saved = new SavedRows(() => writer.ask('saveRows', ''));
    // Of what was committed before a kill the writer may have found no space for the rows.
    this.#saved.committed();
    // Many short texts: one of hundreds of kilobytes would be copied, and its memory fetched anew, at every step of the way.
    const commit = async (calls: readonly WrittenCall[]): Promise<BatchResult> => {
      const result: BatchResult = JSON.parse(await writer.ask('commit', joinCalls(calls)));
      this.#saved.committed();
      return result;
    };
    this.#groupCommit = new GroupCommit(commit, pace.commitDistanceMs ?? 5, pace.onBatch);
  }

  /** Opens the file. Rejects when another process holds it, when it is of a newer build, and when it cannot be opened. */
  static async open(options: SqliteOptions): Promise<SqliteStore> {
    try {
      return await SqliteStore.#open(options);
    } catch (error) {
      throw explainOpenError(error, options.path);
    }
  }

  static async #open({ path, maxPages, ...pace }: SqliteOptions): Promise<SqliteStore> {
    makeFolder(dirname(path));
    const lock = takeLock(lockPathOf(path), path);
    let writer: WorkerPort | undefined;
    try {
      createOwnerOnly(path);
      writer = await WorkerPort.open(new URL('./writer.worker.ts', import.meta.url), { path, maxPages });
      // Only now: the writer makes the tables that the reader prepares its statements for.
      const readerFile = new URL('./reader.worker.ts', import.meta.url);
      const reader = await WorkerPort.open(readerFile, { path }, { asksTogether: true });
      return new SqliteStore(lock, writer, reader, pace);
    } catch (error) {
      await writer?.[Symbol.asyncDispose]();
      lock[Symbol.dispose]();
      throw error;
    }
  }

  async append(items: readonly AppendItem[]): Promise<readonly AppendOutcome[]> {
    const results = await this.#write(writeItems(items), items.length);
    return items.map((item, index) => readOutcome(item, expectResult(results[index])));
  }

  async saveFile(file: StoredFile): Promise<void> {
    const [result] = await this.#write(writeFileItem(file), 1);
    if (result !== undefined && 'failed' in result) throw new Error(result.failed);
  }

  #write(call: WrittenCall, itemCount: number): Promise<readonly ItemResult[]> {
    if (this.#closing !== undefined) return Promise.reject(new StoreUnavailable('The store is closed.'));
    let characters = 0;
    for (const text of call) characters += text.length;
    return this.#groupCommit.add(call, itemCount, characters);
  }

  async #read<K extends keyof Readings>(what: K, asked: Readings[K]['asks']): Promise<Readings[K]['answers']> {
    return JSON.parse(await this.#reader.ask(what, JSON.stringify(asked)));
  }

  /** Of what messages change in the rows of conversations and members, which are saved before. */
  async #readSaved<K extends keyof Readings>(what: K, asked: Readings[K]['asks']): Promise<Readings[K]['answers']> {
    await this.#saved.upToDate();
    return this.#read(what, asked);
  }

  /** Of messages by conversation: those that are not listed yet are found, and the next ones to ask have fewer to look through. */
  #readListed<K extends keyof Readings>(what: K, asked: Readings[K]['asks']): Promise<Readings[K]['answers']> {
    this.#saved.saveSoon();
    return this.#read(what, asked);
  }

  head() {
    return this.#read('head', null);
  }

  readEntries(range: EntryRange) {
    return range.topics === undefined ? this.#read('readEntries', range) : this.#readListed('readEntries', range);
  }

  async loadConversation(id: ConversationId) {
    const { position, value } = await this.#readListed('loadConversation', id);
    return { position, value: value ?? undefined };
  }

  async loadMember(conversationId: ConversationId, userId: UserId) {
    const { position, value } = await this.#read('loadMember', { conversationId, userId });
    return { position, value: value ?? undefined };
  }

  listMembers(conversationId: ConversationId, page: { readonly limit: number; readonly after?: Position }) {
    return this.#read('listMembers', { ...page, conversationId });
  }

  async loadMemberships(userIds: readonly UserId[]) {
    const { position, value } = await this.#read('loadMemberships', [...new Set(userIds)]);
    const byUser = new Map<UserId, { conversationId: ConversationId; since: Position }[]>();
    for (const userId of userIds) byUser.set(userId, []);
    for (const { userId, conversationId, since } of value) byUser.get(userId)?.push({ conversationId, since });
    return { position, value: byUser };
  }

  listConversations(
    userId: UserId | undefined,
    page: ConversationFilter & {
      readonly limit: number;
      readonly before?: { readonly updatedAt: TimeMs; readonly id: ConversationId };
    },
  ) {
    return this.#readSaved('listConversations', userId === undefined ? page : { ...page, userId });
  }

  async viewConversation(id: ConversationId, userId: UserId | undefined) {
    return (await this.#readSaved('viewConversation', userId === undefined ? { id } : { id, userId })) ?? undefined;
  }

  countUnread(userId: UserId) {
    return this.#readSaved('countUnread', userId);
  }

  listSupportChats(page: Readings['listSupportChats']['asks']) {
    return this.#readSaved('listSupportChats', page);
  }

  async findAcquaintances(userId: UserId, others: readonly UserId[]) {
    return new Set(await this.#read('findAcquaintances', { userId, others }));
  }

  readMessages(range: MessageRange) {
    return this.#readListed('readMessages', range);
  }

  async loadMessage(conversationId: ConversationId, messageId: Position) {
    return (await this.#read('loadMessage', { conversationId, messageId })) ?? undefined;
  }

  countQuotes(messageId: Position, limit: number) {
    return this.#read('countQuotes', { messageId, limit });
  }

  async findByClientMessageId(conversationId: ConversationId, senderId: UserId, clientMessageId: string) {
    return (await this.#read('findByClientMessageId', { conversationId, senderId, clientMessageId })) ?? undefined;
  }

  async loadUsers(ids: readonly UserId[]) {
    const users = await this.#read('loadUsers', ids);
    return new Map(users.map((user) => [user.id, user]));
  }

  findUsers(words: string, limit: number) {
    return this.#read('findUsers', { words, limit });
  }

  async loadRevocations() {
    return new Map(await this.#read('loadRevocations', null));
  }

  async loadBans() {
    return new Map(await this.#read('loadBans', null));
  }

  async loadBlocks(userIds: readonly UserId[]) {
    return new Map(await this.#read('loadBlocks', userIds));
  }

  async loadLastSeen(userIds: readonly UserId[]) {
    return new Map(await this.#read('loadLastSeen', userIds));
  }

  async saveLastSeen(seen: ReadonlyMap<UserId, TimeMs>) {
    await this.#writer.ask('saveLastSeen', JSON.stringify([...seen] satisfies SeenUsers));
  }

  countUnreadNotifications(userId: UserId) {
    return this.#read('countUnreadNotifications', userId);
  }

  listNotifications(userId: UserId, page: { readonly limit: number; readonly before?: Position }) {
    return this.#read('listNotifications', { ...page, userId });
  }

  async loadNotification(id: Position) {
    return (await this.#read('loadNotification', id)) ?? undefined;
  }

  async loadSessions(ids: readonly Id[]) {
    const rows = await this.#read('loadSessions', ids);
    return new Map(rows.map(({ row, savedAt }) => [row.id, { ...row, savedAt }]));
  }

  readonly retention = retentionStore((what, text) => this.#writer.ask(what, text));
  readonly erasure = erasureStore((what, text) => this.#writer.ask(what, text));

  forgetSessions(savedBefore: TimeMs) {
    return forgetSessions(savedBefore, async (page) =>
      JSON.parse(await this.#writer.ask('forgetSessions', JSON.stringify(page))),
    );
  }

  readonly followers: FollowerStore = {
    ...followerStore(async (what, asked) => JSON.parse(await this.#writer.ask(what, JSON.stringify(asked)))),
    loadWebhooks: () => this.#read('loadWebhooks', null),
    listParked: (webhookId, page) => this.#read('listParked', { ...page, webhookId }),
    listAudit: (page) => this.#read('listAudit', page),
  };

  async loadFile(id: Id) {
    return (await this.#read('loadFile', id)) ?? undefined;
  }

  /** Writes what waits, closes both workers and lets go of the file. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#groupCommit.idle();
    try {
      // The reader first: the writer's last checkpoint can then empty the write-ahead log.
      await this.#reader[Symbol.asyncDispose]();
      await this.#writer[Symbol.asyncDispose]();
    } finally {
      this.#lock[Symbol.dispose]();
    }
  }
}

function expectResult(result: ItemResult | undefined): ItemResult {
  if (result === undefined) throw new Error('The writer answered for fewer items than it was given.');
  return result;
}
