import type { FastifyRequest } from 'fastify';
import type { AuditRecord } from '../app/ports.ts';
import type { Actor } from '../core/commands.ts';
import type { HttpHouse, HttpLog } from './house.ts';

/**
 * What is written down of a request: enough to know who did what, nothing that opens a door, and nothing that somebody said or
 * is called: nobody would erase it here when it is erased everywhere else.
 */

const detailsLimit = 2_000;
const secretField = /secret|token|password|authorization|cookie|^key$|apikey|api_key/i;
const wordsField = /^(?:text|title|message|name|email|imageUrl)$/;

/** The body without the values of fields whose names sound secret or hold words, as JSON text, cut where it is long. */
function detailsOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const text = textOf(body);
  if (text === '{}') return undefined;
  return text.length > detailsLimit ? `${text.slice(0, detailsLimit)}…` : text;
}

function textOf(body: object): string {
  try {
    return JSON.stringify(body, (name, value: unknown) =>
      secretField.test(name) || wordsField.test(name) ? '…' : value,
    );
  } catch {
    // Fields that nobody knows may be nested more deeply than the stack takes.
    return '…';
  }
}

/** Writes down who did what; done when it is on disk. Never rejects: what was done is done. */
export type Audit = (
  request: FastifyRequest,
  what: { readonly actor: Actor; readonly action: string; readonly status: number },
) => Promise<void>;

export function auditing({ store, clock }: Pick<HttpHouse, 'store' | 'clock'>, log: HttpLog): Audit {
  return async (request, { actor, action, status }) => {
    const details = detailsOf(request.body);
    const record: AuditRecord = {
      at: clock.nowMs(),
      ...(actor.kind === 'user' ? { userId: actor.user.id } : {}),
      action,
      target: { ...(request.params as Readonly<Record<string, string>>) },
      ...(details === undefined ? {} : { details }),
      address: request.ip,
      requestId: String(request.id),
      status,
    };
    try {
      await store.followers.saveAudit(record);
    } catch (error) {
      log.error({ err: error, audit: record }, 'this could not be written into the audit');
    }
  };
}
