import pg from 'pg';

/** How long a statement may run, waiting for other nodes included. */
const statementTimeoutMs = 15_000;
/** When a silent server counts as gone; above the statement's own limit, which the server itself keeps. */
const answerTimeoutMs = 20_000;
const connectTimeoutMs = 5_000;

/**
 * Every statement goes through an index and is planned once, while the tables may still be empty: plans are pinned to
 * the indexes, and none is worth compiling.
 */
const planning = [
  'jit=off',
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
];

/** An answer means on disk, whatever the database does for others. */
const durable = ['synchronous_commit=on'];

const int8 = 20;

/** A position is a safe integer; the library would hand it over as text. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
};

/** How connections are opened: all that the URL says (also TLS: `sslmode`, `sslrootcert`, …), and this server's patience. */
export function connectionSettings(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    types,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: answerTimeoutMs,
    options: [...durable, ...planning].map((setting) => `-c ${setting}`).join(' '),
    fallback_application_name: 'parlance',
  };
}
