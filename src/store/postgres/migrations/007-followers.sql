-- Who follows the log from outside, who may do what only one node does, and who did what.

CREATE TABLE webhooks (
  id text COLLATE "C" PRIMARY KEY,
  webhook_json text NOT NULL,
  created_at bigint NOT NULL,
  -- Everything up to here was delivered or parked.
  position bigint NOT NULL,
  generation bigint NOT NULL,
  failure_json text
);

CREATE TABLE parked_deliveries (
  webhook_id text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  parked_json text NOT NULL,
  PRIMARY KEY (webhook_id, position)
);

CREATE TABLE leases (
  name text COLLATE "C" PRIMARY KEY,
  holder text COLLATE "C" NOT NULL,
  until_ms bigint NOT NULL
);

CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  audit_json text NOT NULL
);
