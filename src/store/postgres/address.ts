import pg from 'pg';

/** How long a statement may run, waiting for other nodes included. */
const statementTimeoutMs = 15_000;
/** When a silent server counts as gone; above the statement's own limit, which the server itself keeps. */
const answerTimeoutMs = 20_000;
const connectTimeoutMs = 5_000;
/** How long a transaction may be left open by a node that stands still, while others wait for the head. */
const idleTransactionTimeoutMs = 10_000;

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

/**
 * Whatever the database does for others: an answer means on disk; who waited for a lock sees what was committed meanwhile; and
 * what the functions write as a backslash is one.
 */
const promised = [
  'synchronous_commit=on',
  'default_transaction_isolation=read\\ committed',
  'standard_conforming_strings=on',
];

/** What an address may say beside host, user and database; anything else would win over what is set here. */
const allowedParameters = [
  'host',
  'port',
  'user',
  'password',
  'application_name',
  'ssl',
  'sslmode',
  'sslcert',
  'sslkey',
  'sslrootcert',
  'sslnegotiation',
  'uselibpqcompat',
];

const int8 = 20;

/** A position is a safe integer; the library would hand it over as text. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
};

/**
 * How connections are opened: where and with which TLS the URL says (`sslmode`, `sslrootcert`, …), its `options` before ours, so
 * that ours hold, and this server's time limits. `plans`: how statements are planned, if not as the store's are. Throws for an address
 * that cannot be read.
 */
export function connectionSettings(url: string, plans: readonly string[] = planning): pg.ClientConfig {
  const [place = '', query = ''] = url.split(/\?(.*)/s);
  const said = new URLSearchParams(query);
  const kept = new URLSearchParams([...said].filter(([name]) => allowedParameters.includes(name)));
  const ours = [...promised, ...plans].map((setting) => `-c ${setting}`);
  const settings: pg.ClientConfig = {
    connectionString: kept.size > 0 ? `${place}?${kept}` : place,
    types,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: answerTimeoutMs,
    idle_in_transaction_session_timeout: idleTransactionTimeoutMs,
    options: [...said.getAll('options'), ...ours].join(' '),
    fallback_application_name: 'parlance',
  };
  try {
    // Which reads the address and the files that it names, and connects nowhere yet.
    new pg.Client(settings);
  } catch (error) {
    // Without its cause, which holds the whole address.
    throw new Error(
      `The address of the database cannot be used: ${error instanceof Error ? error.message : String(error)}. ` +
        'In DATABASE_URL a user or password writes / # ? @ : as %2F %23 %3F %40 %3A; certificates must be files that this user may read.',
    );
  }
  return settings;
}
