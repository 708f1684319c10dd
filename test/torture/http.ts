import { Agent, request } from 'node:http';

/** Requests to the server as its HTTP clients make them, on connections that stay open. */

export type Answer = { readonly status: number; readonly json: unknown };

export type Caller = { readonly apiKey: string } | { readonly token: string };

const timeoutMs = 15_000;

export class Http {
  readonly #port: () => number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  /** `port`: of the server that the next request goes to. */
  constructor(port: () => number) {
    this.#port = port;
  }

  /** Rejects when there was no whole answer. */
  call(method: string, path: string, caller: Caller, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = body === undefined ? undefined : JSON.stringify(body);
      const asked = request({
        host: '127.0.0.1',
        port: this.#port(),
        method,
        path,
        agent: this.#agent,
        timeout: timeoutMs,
        headers: {
          ...('token' in caller ? { authorization: `Bearer ${caller.token}` } : { 'x-api-key': caller.apiKey }),
          ...(sent === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
        },
      });
      asked.on('error', reject);
      asked.on('timeout', () => asked.destroy(new Error('no answer')));
      asked.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('aborted', () => reject(new Error('half an answer')));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          try {
            resolve({ status: response.statusCode ?? 0, json: text === '' ? undefined : JSON.parse(text) });
          } catch {
            reject(new Error(`no JSON: ${text.slice(0, 80)}`));
          }
        });
      });
      asked.end(sent);
    });
  }

  /** Forgets connections to a server that has gone. */
  reset(): void {
    this.#agent.destroy();
  }
}
