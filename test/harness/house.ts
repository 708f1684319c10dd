import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { type Fittings, startServer } from '../../src/server.ts';
import { makeLogger } from '../../src/telemetry.ts';
import { signToken } from '../../src/tokens/hmac.ts';
import { type AnswerCheck, answerCheck, committedOpenApi } from './http-conformity.ts';

/** The whole server over a real store, for tests that meet it as its clients do. */

export type Claims = { readonly sub?: string | number; readonly [claim: string]: unknown };

/** Settings by their names in the environment; undefined ones are as if never set. */
export type Settings = { readonly [name: string]: string | undefined };

export type HttpAnswer = { readonly status: number; readonly json: unknown; readonly headers: Headers };

/** Who calls over HTTP: the host application, nobody, or whom a token names. */
export type Caller = 'host' | 'nobody' | { readonly token: string };

export type OpenHouse = AsyncDisposable & {
  /** `http://127.0.0.1:54321` */
  readonly address: string;
  readonly dataDir: string;
  /** What it has logged. No token that it gave out may stand there: disposing of it looks. */
  readonly log: readonly string[];
  /** What makes a request one of the host application's. */
  readonly hostHeaders: { readonly [name: string]: string };
  /** A good token, for an hour unless the claims say otherwise. */
  token(claims: Claims): string;
  /** `FormData` goes as it is, anything else as JSON. Every answer is held against the committed OpenAPI document. */
  call(method: string, path: string, caller: Caller, body?: unknown): Promise<HttpAnswer>;
  /** Lets the server go, does what is to be done while nobody has the store, and starts it again. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
};

const secret = 'the secret that only these tests sign with';
const apiKey = 'the key of the host application';

/** Made when first needed, and once for all houses. */
let check: AnswerCheck | undefined;

/** Starts a server of its own on a free port. Disposing of it stops it and removes what it wrote. */
export async function openHouse(settings: Settings = {}, fittings: Fittings = {}): Promise<OpenHouse> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-house-'));
  const lines: string[] = [];
  const tokens = new Set([apiKey, secret]);
  const start = () =>
    startServer(
      loadConfig({
        PORT: '0',
        HOST: '127.0.0.1',
        DATA_DIR: dataDir,
        JWT_SECRET: secret,
        API_KEY: apiKey,
        DRAIN_MS: '500',
        RESUME_RING_ENTRIES: '1000',
        ...settings,
      }),
      makeLogger('debug', { write: (line) => void lines.push(line) }),
      fittings,
    );
  let server = await start();
  const hostHeaders = { 'x-api-key': apiKey };
  return {
    get address() {
      return server.address;
    },
    dataDir,
    log: lines,
    hostHeaders,
    token(claims) {
      const token = signToken(secret, claims, 3600);
      tokens.add(token);
      return token;
    },
    async call(method, path, caller, body) {
      const isForm = body instanceof FormData;
      const response = await fetch(server.address + path, {
        method,
        headers: {
          ...(caller === 'host' ? hostHeaders : {}),
          ...(typeof caller === 'object' ? { authorization: `Bearer ${caller.token}` } : {}),
          ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      check ??= answerCheck(committedOpenApi());
      check(method, path, { status: response.status, headers: response.headers, text });
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : text };
    },
    async restart(meanwhile) {
      await server[Symbol.asyncDispose]();
      await meanwhile?.();
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
      const log = lines.join('');
      for (const token of tokens) {
        // The signature alone would do for whoever knows the user.
        const telling = token.slice(token.lastIndexOf('.') + 1);
        if (log.includes(telling))
          throw new Error(`A token stands in the log: ${lines.find((line) => line.includes(telling))}`);
      }
    },
  };
}
