import { createClient } from '@redis/client';
import pg from 'pg';

const patienceMs = 3_000;
const channel = 'parlance_doctor';

/** Rings PostgreSQL's doorbell and hears it; rejects when nothing is heard, as behind a pooler that shares connections. */
export async function ringPostgres(url: string): Promise<void> {
  const client = () =>
    new pg.Client({ connectionString: url, connectionTimeoutMillis: patienceMs, query_timeout: patienceMs });
  const [listening, ringing] = [client(), client()];
  for (const each of [listening, ringing]) each.on('error', () => undefined);
  try {
    await Promise.all([listening.connect(), ringing.connect()]);
    const heard = new Promise<void>((resolve) => listening.on('notification', () => resolve()));
    await listening.query(`LISTEN ${channel}`);
    await ringing.query(`NOTIFY ${channel}`);
    await withPatience(heard, 'a notification was sent, and not heard');
  } finally {
    await Promise.all([listening.end(), ringing.end()].map((ending) => ending.catch(() => undefined)));
  }
}

/** Rejects with what keeps Redis from answering. */
export async function pingRedis(url: string): Promise<void> {
  const client = createClient({ url, socket: { connectTimeout: patienceMs, reconnectStrategy: false } });
  client.on('error', () => undefined);
  try {
    await withPatience(
      client.connect().then(() => client.ping()),
      `no answer within ${patienceMs / 1000} s`,
    );
  } finally {
    client.destroy();
  }
}

async function withPatience(work: Promise<unknown>, words: string): Promise<void> {
  let patience: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    patience = setTimeout(() => reject(new Error(words)), patienceMs);
  });
  try {
    await Promise.race([work, over]);
  } finally {
    clearTimeout(patience);
  }
}
