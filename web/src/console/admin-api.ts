import { ApiError } from '../client/http-api.ts';
import type { Conversation, Member, User } from '../client/model.ts';
import { fieldsOf, idOf, listOf, numberOf, someText, textOf } from '../client/reading.ts';
import { conversationFrom, memberFrom, userFrom } from '../client/wire.ts';
import { type Snapshot, snapshotFrom } from './snapshot.ts';

export type Connection = {
  readonly id: number;
  readonly dialects: readonly string[];
  readonly transport: string;
  readonly namespace: string;
  readonly address: string;
  readonly sessionId: string | undefined;
  readonly joinedCount: number;
  readonly unsentBytes: number;
  readonly isCatchingUp: boolean;
  readonly lastActive: string;
};
export type Connections = { readonly here: readonly Connection[]; readonly elsewhereCount: number };
export type Ban = { readonly userId: string; readonly reason: string | undefined; readonly until: string | undefined };
export type LogLine = {
  readonly position: string;
  readonly at: string;
  readonly type: string;
  readonly sentence: string;
};
export type AuditRecord = {
  readonly id: string;
  readonly at: string;
  /** Undefined: the host application. */
  readonly userId: string | undefined;
  readonly action: string;
  readonly target: readonly string[];
  readonly status: number;
};

/** The most lines that one page of the log has. */
export const logPageLines = 100;

/** What the console asks of the HTTP API. Every method rejects with {@link ApiError}. */
export class AdminApi {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  async me(): Promise<User> {
    return userFrom(await this.#call('GET', '/me'));
  }

  async stats(): Promise<Snapshot> {
    return snapshotFrom(await this.#call('GET', '/admin/stats'));
  }

  /** What came after a position, oldest first, or the newest there is. */
  async log(after: string | undefined): Promise<{ readonly lines: readonly LogLine[]; readonly through: string }> {
    const page = fieldsOf(
      await this.#call('GET', `/admin/log?limit=${logPageLines}${after === undefined ? '' : `&after=${after}`}`),
    );
    const lines = listOf(page.entries, (entry) => {
      const { position, at, type, sentence } = fieldsOf(entry);
      return { position: textOf(position), at: textOf(at), type: textOf(type), sentence: textOf(sentence) };
    });
    return { lines, through: textOf(page.through) };
  }

  async user(id: string): Promise<User | undefined> {
    return await orUndefined(this.#call('GET', userPath(id)).then(userFrom));
  }

  /** Whose id, name or email address contains the words, the first few by id. */
  async findUsers(words: string): Promise<readonly User[]> {
    const page = fieldsOf(
      await this.#call('GET', `/admin/users?limit=12&q=${encodeURIComponent(words.slice(0, 200))}`),
    );
    return listOf(page.users, userFrom);
  }

  async connections(userId: string): Promise<Connections> {
    const { connections, elsewhereCount } = fieldsOf(await this.#call('GET', `/admin${userPath(userId)}/connections`));
    return { here: listOf(connections, connectionFrom), elsewhereCount: numberOf(elsewhereCount) };
  }

  /** Bans are listed by user id, so the listing starts just before this one. */
  async ban(userId: string): Promise<Ban | undefined> {
    for (let after: string | undefined = userId.slice(0, -1); ; ) {
      const from = after === '' || after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
      const page = fieldsOf(await this.#call('GET', `/bans?limit=500${from}`));
      const bans = listOf(page.bans, banFrom);
      const found = bans.find((ban) => ban.userId === userId);
      after = page.hasMore === true ? someText(page.nextAfter) : undefined;
      if (found || after === undefined || after > userId) return found;
    }
  }

  async setBan(userId: string, reason: string): Promise<void> {
    await this.#call('PUT', `/bans/${encodeURIComponent(userId)}`, reason === '' ? {} : { reason });
  }

  async liftBan(userId: string): Promise<void> {
    await this.#call('DELETE', `/bans/${encodeURIComponent(userId)}`);
  }

  async revoke(userId: string): Promise<void> {
    await this.#call('POST', `${userPath(userId)}/revoke`);
  }

  async conversation(id: string): Promise<Conversation | undefined> {
    return await orUndefined(
      this.#call('GET', `/admin/conversations/${encodeURIComponent(id)}`).then(conversationFrom),
    );
  }

  /** Who is in a support chat; admins are not told of other conversations. */
  async members(conversationId: string): Promise<readonly Member[]> {
    const path = `/conversations/${encodeURIComponent(conversationId)}/members?limit=100`;
    return listOf(fieldsOf(await this.#call('GET', path)).members, memberFrom);
  }

  async closeChat(id: string): Promise<void> {
    await this.#call('PATCH', `/conversations/${encodeURIComponent(id)}`, { status: 'CLOSED' });
  }

  /** Newest first; `before` is the `nextBefore` of the page before. */
  async audit(
    before?: string,
  ): Promise<{ readonly records: readonly AuditRecord[]; readonly nextBefore: string | undefined }> {
    const page = fieldsOf(await this.#call('GET', `/audit?limit=20${before === undefined ? '' : `&before=${before}`}`));
    return { records: listOf(page.records, auditRecordFrom), nextBefore: someText(page.nextBefore) };
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`/api/v1${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new ApiError(0, 'UNREACHABLE', 'The server cannot be reached.');
    });
    const text = await response.text();
    const json: unknown = text === '' ? {} : JSON.parse(text);
    if (response.ok) return json;
    const { code, message } = fieldsOf(fieldsOf(json).error);
    throw new ApiError(
      response.status,
      someText(code) ?? 'INTERNAL',
      someText(message) ?? `The server answered ${response.status}.`,
    );
  }
}

const userPath = (id: string): string => `/users/${encodeURIComponent(id)}`;

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return undefined;
    throw error;
  }
}

function connectionFrom(value: unknown): Connection {
  const fields = fieldsOf(value);
  return {
    id: numberOf(fields.id),
    dialects: listOf(fields.dialects, textOf),
    transport: textOf(fields.transport),
    namespace: textOf(fields.namespace),
    address: textOf(fields.address),
    sessionId: someText(fields.sessionId),
    joinedCount: numberOf(fields.joinedCount),
    unsentBytes: numberOf(fields.unsentBytes),
    isCatchingUp: fields.isCatchingUp === true,
    lastActive: textOf(fields.lastActive),
  };
}

function banFrom(value: unknown): Ban {
  const { userId, reason, until } = fieldsOf(value);
  return { userId: idOf(userId), reason: someText(reason), until: someText(until) };
}

function auditRecordFrom(value: unknown): AuditRecord {
  const { id, at, userId, action, target, status } = fieldsOf(value);
  return {
    id: textOf(id),
    at: textOf(at),
    userId: someText(userId),
    action: textOf(action),
    target: Object.values(fieldsOf(target)).map(textOf),
    status: numberOf(status),
  };
}
