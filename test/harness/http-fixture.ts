import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { openDiskBlobs } from '../../src/blobs/disk.ts';
import type { ErrorJson } from '../../src/http/schemas.ts';
import { buildHttp, type HttpOptions } from '../../src/http/server.ts';
import { FakeHttpHouse } from './fake-http-house.ts';
import { answerCheck } from './http-conformity.ts';

const apiKey = 'host-key';
export const asHost = { 'x-api-key': apiKey };
export const as = (id: string): { authorization: string } => ({ authorization: `Bearer token-${id}` });

type Answer<T> = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What a JSON answer holds; the caller says which kind it expects. */
  readonly json: T;
};

export type HttpFixture = AsyncDisposable & {
  readonly house: FakeHttpHouse;
  readonly base: string;
  readonly port: number;
  readonly server: Server;
  readonly directory: string;
  readonly logged: { readonly level: string; readonly fields: object; readonly words: string }[];
  /** Sends a request with `body` as JSON. Every answer is held against the published OpenAPI document. */
  call<T = ErrorJson>(
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: unknown,
  ): Promise<Answer<T>>;
  /** Sends this text as it is on a connection of its own, and answers all that comes until the server closes it. */
  raw(request: string): Promise<string>;
};

/** The whole HTTP server over a fake house, on a free port, with files in a folder of its own. */
export async function openHttp(more: Partial<HttpOptions> = {}): Promise<HttpFixture> {
  const house = new FakeHttpHouse();
  const directory = await mkdtemp(path.join(os.tmpdir(), 'parlance-http-'));
  const logged: { level: string; fields: object; words: string }[] = [];
  const logAs = (level: string) => (fields: object, words: string) => void logged.push({ level, fields, words });
  const app = await buildHttp({
    house,
    blobs: await openDiskBlobs(directory),
    log: { debug: logAs('debug'), info: logAs('info'), warn: logAs('warn'), error: logAs('error') },
    adminRoles: new Set(['ADMIN']),
    apiKey,
    allowedOrigins: ['https://app.example.com'],
    limits: { bodyBytes: 1 << 20, payloadBytes: 64 * 1024, fileBytes: 100_000 },
    ...more,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const base = `http://127.0.0.1:${port}`;
  const check = answerCheck(app.swagger());

  return {
    house,
    base,
    port,
    server: app.server,
    directory,
    logged,
    async call<T>(method: string, target: string, headers: Record<string, string> = {}, body?: unknown) {
      const response = await fetch(base + target, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      const json: unknown = isJson ? JSON.parse(text) : undefined;
      const { status, headers: answered } = response;
      check(method, target, { status, headers: answered, text });
      return { status, headers: answered, text, json: json as T };
    },
    raw(request) {
      return new Promise((resolve) => {
        let answer = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(request));
        socket.on('data', (bytes) => {
          answer += bytes;
        });
        socket.on('close', () => resolve(answer));
      });
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Another server, for one test that needs it set up differently. */
export async function withHttp(more: Partial<HttpOptions>, test: (http: HttpFixture) => Promise<void>): Promise<void> {
  const http = await openHttp(more);
  try {
    await test(http);
  } finally {
    await http[Symbol.asyncDispose]();
  }
}
