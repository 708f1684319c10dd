import type { DatabaseSync } from 'node:sqlite';
import type { AuditRecord, FollowerStore, ParkedDelivery, SavedFailure, Straggler, Webhook } from '../../app/ports.ts';
import type { Id, Position } from '../../core/model.ts';
import { placeOf } from '../webhook-place.ts';
import { inTransaction } from './connection.ts';
import type { Readers } from './readings.ts';
import { findUnavailable } from './unavailable.ts';

/** What the writer's thread is asked for beside the log, and how it answers; both travel as JSON text. */
export type FollowerWritings = {
  saveWebhook: { asks: { readonly webhook: Webhook; readonly position: Position }; answers: null };
  removeWebhook: { asks: Id; answers: boolean };
  moveWebhook: {
    asks: {
      readonly id: Id;
      readonly generation: number;
      readonly position: Position;
      readonly stragglers: readonly Straggler[];
      readonly failure?: SavedFailure;
    };
    answers: boolean;
  };
  replayWebhook: { asks: { readonly id: Id; readonly position: Position }; answers: boolean };
  parkDelivery: { asks: ParkedDelivery; answers: null };
  takeLease: { asks: { readonly name: string; readonly holder: Id; readonly forMs: number }; answers: boolean };
  saveAudit: { asks: AuditRecord; answers: null };
};

type Writers = { readonly [K in keyof FollowerWritings]: (asked: FollowerWritings[K]['asks']) => string };

const done = 'null';

/** The writer's functions for what is kept beside the log. */
export function followerWriters(db: DatabaseSync): Writers {
  forgetLeases(db);
  const saveWebhook = db.prepare(
    `INSERT INTO webhooks (id, webhook_json, created_at, position, generation) VALUES (?, ?, ?, ?, 0)
     ON CONFLICT (id) DO UPDATE SET webhook_json = excluded.webhook_json`,
  );
  const removeWebhook = db.prepare('DELETE FROM webhooks WHERE id = ?');
  const removeParked = db.prepare('DELETE FROM parked_deliveries WHERE webhook_id = ? AND position > ?');
  // Forward only: a place behind the known one changes neither the position nor the stragglers, which belong together. After a
  // replay the generation is another one, and whoever followed before it writes nothing.
  const moveWebhook = db.prepare(
    `UPDATE webhooks SET position = max(position, ?1),
       stragglers_json = CASE WHEN ?1 >= position THEN ?2 ELSE stragglers_json END, failure_json = ?3
     WHERE id = ?4 AND generation = ?5`,
  );
  const replayWebhook = db.prepare(
    'UPDATE webhooks SET position = ?, generation = generation + 1, failure_json = NULL WHERE id = ?',
  );
  const park = db.prepare(
    'INSERT OR REPLACE INTO parked_deliveries (webhook_id, position, parked_json) VALUES (?, ?, ?)',
  );
  const takeLease = db.prepare(
    `INSERT INTO leases (name, holder, until_ms) VALUES (?1, ?2, ?3 + ?4)
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
     WHERE holder = excluded.holder OR until_ms <= ?3`,
  );
  const saveAudit = db.prepare('INSERT INTO audit (audit_json) VALUES (?)');

  return {
    saveWebhook({ webhook, position }) {
      saveWebhook.run(webhook.id, JSON.stringify(webhook), webhook.createdAt, position);
      return done;
    },
    removeWebhook: (id) =>
      inTransaction(db, 'BEGIN IMMEDIATE', () => {
        removeParked.run(id, -1);
        return String(removeWebhook.run(id).changes === 1);
      }),
    moveWebhook({ id, generation, position, stragglers, failure }) {
      const failed = failure ? JSON.stringify(failure) : null;
      const { changes } = moveWebhook.run(position, JSON.stringify(stragglers), failed, id, generation);
      return String(changes === 1);
    },
    replayWebhook: ({ id, position }) =>
      inTransaction(db, 'BEGIN IMMEDIATE', () => {
        removeParked.run(id, position);
        return String(replayWebhook.run(position, id).changes === 1);
      }),
    parkDelivery(parked) {
      park.run(parked.webhookId, parked.position, JSON.stringify(parked));
      return done;
    },
    takeLease: ({ name, holder, forMs }) => String(takeLease.run(name, holder, Date.now(), forMs).changes === 1),
    saveAudit(record) {
      saveAudit.run(JSON.stringify(record));
      return done;
    },
  };
}

/** Whoever held one is gone: one process at a time has the file. Where that cannot be written (the disk is full), they run out. */
function forgetLeases(db: DatabaseSync): void {
  try {
    db.exec('DELETE FROM leases');
  } catch (error) {
    if (findUnavailable(error) === undefined) throw error;
  }
}

/** The reader's questions about them. */
export function followerReaders(db: DatabaseSync): Readers<'loadWebhooks' | 'listParked' | 'listAudit'> {
  const selectWebhooks = db.prepare(
    `SELECT webhook_json, position, stragglers_json, generation, failure_json,
       (SELECT count(*) FROM parked_deliveries p WHERE p.webhook_id = w.id) AS parked
     FROM webhooks w ORDER BY created_at, id`,
  );
  const selectParked = db.prepare(
    'SELECT parked_json FROM parked_deliveries WHERE webhook_id = ? AND position > ? ORDER BY position LIMIT ? + 0',
  );
  const selectAudit = db.prepare('SELECT id, audit_json FROM audit WHERE id < ? ORDER BY id DESC LIMIT ? + 0');

  return {
    loadWebhooks: () =>
      JSON.stringify(
        selectWebhooks.all().map((row) => ({
          ...(JSON.parse(String(row.webhook_json)) as Webhook),
          ...placeOf(row.position, row.stragglers_json),
          generation: row.generation,
          ...(row.failure_json === null ? {} : { failure: JSON.parse(String(row.failure_json)) as SavedFailure }),
          parkedCount: row.parked,
        })),
      ),
    listParked({ webhookId, limit, after = -1 }) {
      const rows = selectParked.all(webhookId, after, limit + 1);
      const parked = rows.slice(0, limit).map((row) => JSON.parse(String(row.parked_json)) as ParkedDelivery);
      return JSON.stringify({ parked, hasMore: rows.length > limit });
    },
    listAudit({ limit, before = Number.MAX_SAFE_INTEGER }) {
      const rows = selectAudit.all(before, limit + 1);
      const records = rows
        .slice(0, limit)
        .map((row) => ({ id: row.id, ...(JSON.parse(String(row.audit_json)) as AuditRecord) }));
      return JSON.stringify({ records, hasMore: rows.length > limit });
    },
  };
}

/** The port's part of it, over the two workers. */
export function followerStore(
  write: <K extends keyof FollowerWritings>(
    what: K,
    asked: FollowerWritings[K]['asks'],
  ) => Promise<FollowerWritings[K]['answers']>,
): Omit<FollowerStore, 'loadWebhooks' | 'listParked' | 'listAudit'> {
  return {
    saveWebhook: async (webhook, position) => void (await write('saveWebhook', { webhook, position })),
    removeWebhook: (id) => write('removeWebhook', id),
    moveWebhook: (id, generation, to) => write('moveWebhook', { id, generation, ...to }),
    replayWebhook: (id, position) => write('replayWebhook', { id, position }),
    parkDelivery: async (parked) => void (await write('parkDelivery', parked)),
    takeLease: (name, holder, forMs) => write('takeLease', { name, holder, forMs }),
    saveAudit: async (record) => void (await write('saveAudit', record)),
  };
}
