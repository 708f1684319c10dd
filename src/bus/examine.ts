import { createClient } from '@redis/client';
import pg from 'pg';

const timeoutMs = 3_000;
const channel = 'parlance_doctor';

/** Sends a notification of PostgreSQL's and waits for it; rejects when none comes, as behind a pooler that shares connections. */
export async function notifyPostgres(url: string): Promise<void> {
  const client = () =>
    new pg.Client({ connectionString: url, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
  const [listening, notifying] = [client(), client()];
  for (const each of [listening, notifying]) each.on('error', () => undefined);
  try {
    await Promise.all([listening.connect(), notifying.connect()]);
    const heard = new Promise<void>((resolve) => listening.on('notification', () => resolve()));
    await listening.query(`LISTEN ${channel}`);
    await notifying.query(`NOTIFY ${channel}`);
    await withTimeout(heard, 'a notification was sent, and not heard');
  } finally {
    await Promise.all([listening.end(), notifying.end()].map((ending) => ending.catch(() => undefined)));
  }
}

/** Rejects with what keeps Redis from answering. */
export async function pingRedis(url: string): Promise<void> {
  const client = createClient({ url, socket: { connectTimeout: timeoutMs, reconnectStrategy: false } });
  client.on('error', () => undefined);
  try {
    await withTimeout(
      client.connect().then(() => client.ping()),
      `no answer within ${timeoutMs / 1000} s`,
    );
  } finally {
    client.destroy();
  }
}

async function withTimeout(work: Promise<unknown>, words: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(words)), timeoutMs);
  });
  try {
    await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
