import type { AuditRecord, FollowerStore, ParkedDelivery, SavedFailure, Webhook } from '../../app/ports.ts';
import { placeOf } from '../webhook-place.ts';
import type { Statement } from './connection.ts';
import { isStorable } from './drafts.ts';
import type { Ask } from './read-log.ts';

const saveWebhook: Statement = {
  name: 'save-webhook',
  text: `INSERT INTO webhooks (id, webhook_json, created_at, position, generation) VALUES ($1, $2, $3::bigint, $4::bigint, 0)
    ON CONFLICT (id) DO UPDATE SET webhook_json = excluded.webhook_json`,
};
const removeWebhook: Statement = {
  name: 'remove-webhook',
  text: `WITH parked AS (DELETE FROM parked_deliveries WHERE webhook_id = $1)
    DELETE FROM webhooks WHERE id = $1 RETURNING 1`,
};
/**
 * Forward only: a place behind the known one changes neither the position nor the stragglers, which belong together. After a replay
 * the generation is another one, and whoever followed before it writes nothing.
 */
const moveWebhook: Statement = {
  name: 'move-webhook',
  text: `UPDATE webhooks SET position = greatest(position, $3::bigint),
      stragglers_json = CASE WHEN $3::bigint >= position THEN $4 ELSE stragglers_json END, failure_json = $5
    WHERE id = $1 AND generation = $2::bigint RETURNING 1`,
};
const replayWebhook: Statement = {
  name: 'replay-webhook',
  text: `WITH parked AS (DELETE FROM parked_deliveries WHERE webhook_id = $1 AND position > $2::bigint)
    UPDATE webhooks SET position = $2::bigint, generation = generation + 1, failure_json = NULL
    WHERE id = $1 RETURNING 1`,
};
const park: Statement = {
  name: 'park-delivery',
  text: `INSERT INTO parked_deliveries (webhook_id, position, parked_json) VALUES ($1, $2::bigint, $3)
    ON CONFLICT (webhook_id, position) DO UPDATE SET parked_json = excluded.parked_json`,
};
const takeLease: Statement = {
  name: 'take-lease',
  text: `INSERT INTO leases AS l (name, holder, until_ms)
    SELECT $1, $2, now_ms + $3::bigint
    FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms) clock
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
    WHERE l.holder = excluded.holder OR l.until_ms <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    RETURNING 1`,
};
const saveAudit: Statement = { name: 'save-audit', text: 'INSERT INTO audit (audit_json) VALUES ($1)' };
const selectWebhooks: Statement = {
  name: 'webhooks',
  text: `SELECT webhook_json, position, stragglers_json, generation, failure_json,
      (SELECT count(*) FROM parked_deliveries p WHERE p.webhook_id = w.id) AS parked
    FROM webhooks w ORDER BY created_at, id`,
};
const selectParked: Statement = {
  name: 'parked-deliveries',
  text: `SELECT parked_json FROM parked_deliveries WHERE webhook_id = $1 AND position > $2::bigint
    ORDER BY position LIMIT $3`,
};
const selectAudit: Statement = {
  name: 'audit',
  text: 'SELECT id, audit_json FROM audit WHERE id < $1::bigint ORDER BY id DESC LIMIT $2',
};

/** What is kept beside the log. Repeating any of it after a lost connection does no harm, but that an audit may name twice. */
export function followerStore(ask: Ask): FollowerStore {
  const orNobody = (id: string): string => (isStorable(id) ? id : '');
  return {
    async saveWebhook(webhook, position) {
      await ask(saveWebhook, [webhook.id, JSON.stringify(webhook), webhook.createdAt, position]);
    },
    removeWebhook: async (id) => (await ask(removeWebhook, [orNobody(id)])).length === 1,
    async moveWebhook(id, generation, { position, stragglers, failure }) {
      const failed = failure ? JSON.stringify(failure) : null;
      const values = [id, generation, position, JSON.stringify(stragglers), failed];
      return (await ask(moveWebhook, values)).length === 1;
    },
    replayWebhook: async (id, position) => (await ask(replayWebhook, [orNobody(id), position])).length === 1,
    async parkDelivery(parked) {
      await ask(park, [parked.webhookId, parked.position, JSON.stringify(parked)]);
    },
    takeLease: async (name, holder, forMs) => (await ask(takeLease, [name, holder, forMs])).length === 1,
    async saveAudit(record) {
      await ask(saveAudit, [JSON.stringify(record)]);
    },
    async loadWebhooks() {
      return (await ask(selectWebhooks, [])).map((row) => ({
        ...(JSON.parse(String(row.webhook_json)) as Webhook),
        ...placeOf(row.position, row.stragglers_json),
        generation: Number(row.generation),
        ...(row.failure_json === null ? {} : { failure: JSON.parse(String(row.failure_json)) as SavedFailure }),
        parkedCount: Number(row.parked),
      }));
    },
    async listParked(webhookId, { limit, after = -1 }) {
      const rows = await ask(selectParked, [orNobody(webhookId), after, limit + 1]);
      const parked = rows.slice(0, limit).map((row) => JSON.parse(String(row.parked_json)) as ParkedDelivery);
      return { parked, hasMore: rows.length > limit };
    },
    async listAudit({ limit, before = Number.MAX_SAFE_INTEGER }) {
      const rows = await ask(selectAudit, [before, limit + 1]);
      const records = rows
        .slice(0, limit)
        .map((row) => ({ id: Number(row.id), ...(JSON.parse(String(row.audit_json)) as AuditRecord) }));
      return { records, hasMore: rows.length > limit };
    },
  };
}
