-- Who follows the log from outside, who may do what only one node does, and who did what.

CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  webhook_json TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- Everything up to here was delivered or parked.
  position INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  failure_json TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE parked_deliveries (
  webhook_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  parked_json TEXT NOT NULL,
  PRIMARY KEY (webhook_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  audit_json TEXT NOT NULL
) STRICT;
