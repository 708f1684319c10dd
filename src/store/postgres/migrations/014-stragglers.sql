-- Conversations and users that a webhook has gone past, and how far each of them was told.
ALTER TABLE webhooks ADD COLUMN stragglers_json text NOT NULL DEFAULT '[]';
