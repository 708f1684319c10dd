import { createHmac } from 'node:crypto';
import type { Webhook } from '../app/ports.ts';
import type { Position } from '../core/model.ts';

/** One event on its way to one webhook. */
export type WebhookRequest = {
  readonly position: Position;
  readonly type: string;
  /** JSON text. */
  readonly body: string;
};

/** Why it was not taken, in a few words without the address; undefined when it was. Never rejects. */
export type Post = (webhook: Webhook, request: WebhookRequest, signal: AbortSignal) => Promise<string | undefined>;

/** `v1=` and the HMAC-SHA256, in hexadecimal, of `<seconds>.<body>`: the time is signed along, so that a receiver can refuse old requests. */
function signatureOf(secret: string, timestampSeconds: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestampSeconds}.${body}`).digest('hex')}`;
}

/**
 * Sends over HTTP. Redirects are not followed and answers are not read: whatever answers at the address, nothing of it but its
 * status gets anywhere.
 */
export function postOverHttp(timeoutMs: number): Post {
  return async ({ id, url, secret }, { position, type, body }, signal) => {
    const timestamp = Math.floor(Date.now() / 1000);
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Parlance',
          'x-parlance-webhook': id,
          'x-parlance-event': type,
          'x-parlance-delivery': String(position),
          'x-parlance-timestamp': String(timestamp),
          'x-parlance-signature': signatureOf(secret, timestamp, body),
        },
        body,
      });
      await response.body?.cancel();
      return response.ok ? undefined : `answered ${response.status}`;
    } catch (error) {
      return timeout.aborted ? `no answer within ${timeoutMs} ms` : wordsOf(error);
    }
  };
}

/** The library says `fetch failed`, and in the cause by what. */
function wordsOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : 'failed';
}
