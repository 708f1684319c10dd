import { onOff, secret, text, whole } from './setting.ts';

/** Where everything is kept, and for how long. */
export const storageSettings = {
  dataDir: text(
    'DATA_DIR',
    './data',
    'The folder of the embedded store, of uploaded files and of the development secret.',
  ),
  databaseUrl: secret(
    'DATABASE_URL',
    'sqlite:<path>, the path absolute or relative to DATA_DIR, or postgres://user:password@host/database',
    'The database; unset, it is the file parlance.sqlite in DATA_DIR. PostgreSQL serves several nodes.',
    (value) => (/^(sqlite:|postgres(ql)?:\/\/).*[^/\s]/i.test(value) ? value.trim() : undefined),
  ),
  redisUrl: secret(
    'REDIS_URL',
    'redis://user:password@host:port, or rediss:// for TLS',
    'A Redis that carries what the nodes of one PostgreSQL say to each other; unset, the database does.',
    (value) => (/^rediss?:\/\/.*[^/\s]/i.test(value) && URL.canParse(value.trim()) ? value.trim() : undefined),
  ),
  commitDistanceMs: whole(
    'COMMIT_DISTANCE_MS',
    5,
    'How far apart two commits start at the most: the faster messages come, the more of it is waited, so that they share one; a quiet server commits at once.',
    { from: 0, to: 1000 },
  ),
  ringEntries: whole(
    'RESUME_RING_ENTRIES',
    100_000,
    'How many of the newest entries stay in memory, as far as 256 MB hold them, so that clients who come back need no database.',
    { from: 10 },
  ),
  isSearchOn: onOff(
    'SEARCH',
    true,
    'Whether messages can be searched by their words. The index is built and kept beside the log, at some cost of time and disk.',
  ),
  sessionRetentionDays: whole(
    'SESSION_RETENTION_DAYS',
    90,
    'How long a session that is gone may come back and resume, to a day; later it is forgotten, and its client a new connection.',
    { to: 36_500 },
  ),
  messageRetentionDays: whole(
    'MESSAGE_RETENTION_DAYS',
    0,
    'How old a message may grow before it is deleted with all that was done to it; 0 keeps it for ever.',
    { from: 0, to: 36_500 },
  ),
  notificationRetentionDays: whole(
    'NOTIFICATION_RETENTION_DAYS',
    0,
    'How old a notification may grow before it is deleted, read or not; 0 keeps it for ever.',
    { from: 0, to: 36_500 },
  ),
  fileRetentionDays: whole(
    'FILE_RETENTION_DAYS',
    0,
    'How old an uploaded file may grow before it is deleted, wherever a message names it; 0 keeps it for ever.',
    { from: 0, to: 36_500 },
  ),
  auditRetentionDays: whole(
    'AUDIT_RETENTION_DAYS',
    0,
    'How old a record of the audit may grow before it is deleted; 0 keeps it for ever.',
    { from: 0, to: 36_500 },
  ),
} as const;
