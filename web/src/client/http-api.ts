import type {
  AppNotification,
  Attachment,
  Conversation,
  ConversationKind,
  Member,
  Message,
  Presence,
  QueuedChat,
  SearchHit,
  SupportStatus,
  User,
} from './model.ts';
import { fieldsOf, idOf, listOf, numberOf, someText, textOf } from './reading.ts';
import {
  conversationFrom,
  memberFrom,
  messageFrom,
  notificationFrom,
  presenceFrom,
  queuedChatFrom,
  searchHitFrom,
  userFrom,
} from './wire.ts';

/** A refusal of the HTTP API: `message` says what to do. Status 0: the server could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** When trying the same again may succeed. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The token to show, asked for before every use, so that it may be renewed meanwhile. */
export type TokenSource = () => string | Promise<string>;

export type MessagePage = { readonly messages: readonly Message[]; readonly hasMore: boolean };
export type ConversationPage = {
  readonly conversations: readonly Conversation[];
  readonly nextBefore: string | undefined;
};
export type NewConversation = {
  readonly kind: ConversationKind;
  readonly id?: string;
  readonly title?: string;
  readonly members?: readonly string[];
};

/** A line that was lost without a word, or a server that hangs, would be waited for as long as the system likes. */
const patienceMs = 30_000;
/** Since the last part of an upload went: on a slow line, much lies in buffers. */
const uploadPatienceMs = 180_000;

const unreachable = () => new ApiError(0, 'UNREACHABLE', 'The server cannot be reached. Check the connection.');

/** The part of the HTTP API that a chat client needs. Every method rejects with {@link ApiError}. */
export class HttpApi {
  readonly #address: string;
  readonly #token: TokenSource;

  /** `address` is where the server stands, such as `https://chat.example.com`. */
  constructor(address: string, token: TokenSource) {
    this.#address = address.replace(/\/+$/, '');
    this.#token = token;
  }

  async me(): Promise<User> {
    return userFrom(await this.#call('GET', '/me'));
  }

  /** Newest activity first; `before` is the `nextBefore` of the page before. */
  async conversations(
    page: { limit?: number; before?: string; archived?: 'true' | 'all'; kind?: ConversationKind } = {},
  ): Promise<ConversationPage> {
    const answer = fieldsOf(await this.#call('GET', `/conversations${queryOf(page)}`));
    return {
      conversations: listOf(answer.conversations, conversationFrom),
      nextBefore: answer.hasMore === true ? someText(answer.nextBefore) : undefined,
    };
  }

  async conversation(id: string): Promise<Conversation> {
    return conversationFrom(await this.#call('GET', conversationPath(id)));
  }

  async createConversation(wish: NewConversation): Promise<Conversation> {
    return conversationFrom(await this.#call('POST', '/conversations', wish));
  }

  async changeConversation(
    id: string,
    change: { title?: string; status?: SupportStatus; adminId?: string },
  ): Promise<Conversation> {
    return conversationFrom(await this.#call('PATCH', conversationPath(id), change));
  }

  /** Archives or mutes a conversation, for this user alone. */
  async keepConversation(id: string, settings: { isArchived?: boolean; isMuted?: boolean }): Promise<void> {
    await this.#call('PATCH', `${conversationPath(id)}/settings`, settings);
  }

  /** Of at most 100 users, those whom this user may see. */
  async presence(userIds: readonly string[]): Promise<readonly (readonly [string, Presence])[]> {
    const query = new URLSearchParams(userIds.map((id) => ['userId', id]));
    const { presence } = fieldsOf(await this.#call('GET', `/presence?${query}`));
    return listOf(presence, (each) => [idOf(fieldsOf(each).userId), presenceFrom(each)] as const);
  }

  async members(id: string): Promise<readonly Member[]> {
    return listOf(fieldsOf(await this.#call('GET', `${conversationPath(id)}/members?limit=500`)).members, memberFrom);
  }

  async addMember(id: string, userId: string): Promise<Member> {
    return memberFrom(await this.#call('POST', `${conversationPath(id)}/members`, { userId }));
  }

  async removeMember(id: string, userId: string): Promise<void> {
    await this.#call('DELETE', `${conversationPath(id)}/members/${encodeURIComponent(userId)}`);
  }

  /** Oldest first: the newest before `before`, the oldest after `after`, or the newest. */
  async messages(id: string, page: { limit?: number; before?: string; after?: string } = {}): Promise<MessagePage> {
    const answer = fieldsOf(await this.#call('GET', `${conversationPath(id)}/messages${queryOf(page)}`));
    return { messages: listOf(answer.messages, messageFrom), hasMore: answer.hasMore === true };
  }

  /** Newest first, in all conversations of the user or in one; `before` is the `nextBefore` of the page before. */
  async search(
    words: string,
    where: { conversationId?: string; before?: string; limit?: number } = {},
  ): Promise<{ readonly hits: readonly SearchHit[]; readonly nextBefore: string | undefined }> {
    const answer = fieldsOf(await this.#call('GET', `/search${queryOf({ q: words, ...where })}`));
    return { hits: listOf(answer.results, searchHitFrom), nextBefore: someText(answer.nextBefore) };
  }

  /** For admins: the support chats that wait for somebody, longest first. */
  async supportQueue(): Promise<readonly QueuedChat[]> {
    return listOf(fieldsOf(await this.#call('GET', '/support/chats')).chats, queuedChatFrom);
  }

  /** For admins: takes a support chat that nobody has. */
  async takeSupportChat(id: string): Promise<Conversation> {
    return conversationFrom(await this.#call('POST', `${conversationPath(id)}/take`));
  }

  async notifications(page: { limit?: number } = {}): Promise<readonly AppNotification[]> {
    return listOf(fieldsOf(await this.#call('GET', `/notifications${queryOf(page)}`)).notifications, notificationFrom);
  }

  async readNotification(id: string): Promise<void> {
    await this.#call('POST', `/notifications/${encodeURIComponent(id)}/read`);
  }

  /** `onProgress` hears the part that is sent, 0 to 1, where the platform tells (in browsers). */
  async upload(
    file: File,
    { onProgress = () => {}, signal }: { onProgress?: (part: number) => void; signal?: AbortSignal } = {},
  ): Promise<Attachment> {
    const form = new FormData();
    form.append('file', file, file.name);
    const token = await this.#token();
    const url = `${this.#address}/api/v1/files`;
    const answer =
      typeof XMLHttpRequest === 'undefined'
        ? await fetch(url, { method: 'POST', headers: bearer(token), body: form, ...(signal && { signal }) }).then(
            async (response) => ({ status: response.status, text: await response.text() }),
            () => Promise.reject(unreachable()),
          )
        : await post(url, token, form, onProgress, signal);
    const { url: fileUrl, type, name, size } = fieldsOf(parsed(answer.status, answer.text));
    return { url: textOf(fileUrl), type: textOf(type), name: textOf(name), size: numberOf(size) };
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = {
      ...bearer(await this.#token()),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    };
    const tooLong = new AbortController();
    const timer = setTimeout(() => tooLong.abort(), patienceMs);
    const { status, text } = await fetch(`${this.#address}/api/v1${path}`, {
      method,
      headers,
      signal: tooLong.signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch(() => Promise.reject(unreachable()))
      .finally(() => clearTimeout(timer));
    return parsed(status, text);
  }
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

const conversationPath = (id: string): string => `/conversations/${encodeURIComponent(id)}`;

function queryOf(page: { readonly [key: string]: string | number | undefined }): string {
  const given = Object.entries(page).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** What the answer holds. Throws the refusal that it is. */
function parsed(status: number, text: string): unknown {
  let json: unknown;
  try {
    json = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ApiError(status, 'INTERNAL', 'The server answered something that is no JSON. Try again.');
  }
  if (status >= 200 && status < 300) return json;
  const { code, message, retryAfterMs } = fieldsOf(fieldsOf(json).error);
  const retry = typeof retryAfterMs === 'number' ? retryAfterMs : undefined;
  throw new ApiError(
    status,
    someText(code) ?? 'INTERNAL',
    someText(message) ?? `The server answered ${status}.`,
    retry,
  );
}

/** `fetch` does not tell how far an upload is. */
function post(
  url: string,
  token: string,
  form: FormData,
  onProgress: (part: number) => void,
  signal: AbortSignal | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(unreachable());
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), uploadPatienceMs);
    };
    request.upload.onprogress = ({ loaded, total }) => {
      wait();
      onProgress(total > 0 ? loaded / total : 0);
    };
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(unreachable());
    request.onabort = request.onerror;
    request.onloadend = () => clearTimeout(timer);
    signal?.addEventListener('abort', () => request.abort());
    wait();
    request.send(form);
  });
}
