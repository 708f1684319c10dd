import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { selfSigned } from '../../../test/harness/certificate.ts';
import { sharedPostgres, startPostgres } from '../../../test/harness/postgres.ts';
import { temporaryFolder } from '../../../test/harness/temporary-folder.ts';
import { append, expectEvent, gather, said } from '../contract/scene.contract.ts';
import { connectionSettings } from './address.ts';
import { PostgresStore } from './store.ts';

/** A database is slow to start on a busy machine. */
const timeout = 60_000;

describe('the address of a database', () => {
  const show = async (url: string, setting: string): Promise<unknown> => {
    const client = new pg.Client(connectionSettings(url));
    await client.connect();
    const { rows } = await client.query(`SHOW ${setting}`);
    await client.end();
    return rows[0]?.[setting];
  };

  test('may add settings, and changes none that the promises stand on', async () => {
    const options = '-c search_path=public -c synchronous_commit=off -c enable_seqscan=on -c work_mem=5MB';
    const more = new URLSearchParams({
      options,
      statement_timeout: '1',
      query_timeout: '1',
      application_name: 'mine',
      client_encoding: 'LATIN1',
    });
    const url = `${await (await sharedPostgres()).createDatabase()}?${more}`;
    const expected = {
      search_path: 'public',
      work_mem: '5MB',
      synchronous_commit: 'on',
      default_transaction_isolation: 'read committed',
      standard_conforming_strings: 'on',
      enable_seqscan: 'off',
      statement_timeout: '15s',
      idle_in_transaction_session_timeout: '10s',
      application_name: 'mine',
      client_encoding: 'UTF8',
    };
    for (const [setting, value] of Object.entries(expected))
      expect([setting, await show(url, setting)]).toEqual([setting, value]);
    await using store = await PostgresStore.open({ url, node: 'a' });
    expect((await store.head()).position).toBe(0);
  });

  test('holds where the database is set otherwise for all who connect to it', async () => {
    const url = await (await sharedPostgres()).createDatabase();
    const client = new pg.Client(url);
    await client.connect();
    const name = new URL(url).pathname.slice(1);
    await client.query(`ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`);
    await client.query(`ALTER DATABASE ${name} SET standard_conforming_strings = 'off'`);
    await client.end();
    const open = (node: string) => PostgresStore.open({ url, node, commitDistanceMs: 0 });
    const opening = [open('a'), open('b')] as const;
    await using one = await opening[0];
    await using other = await opening[1];
    const id = await gather(one, 'ann');
    const speak = async (store: PostgresStore): Promise<void> => {
      for (let n = 0; n < 50; n++) await append(store, said(id, 'ann', `${n}`));
    };
    await Promise.all([speak(one), speak(other)]);
    expect((await one.loadConversation(id)).value?.ordinal).toBe(100);
    const { message } = expectEvent(await append(one, said(id, 'ann', 'before')), 'MessageSent');
    const text = 'a \\ and \\u0041 and \u0000';
    await append(one, { type: 'MessageEdited', conversationId: id, message: { ...message, text, editedAt: 5 } });
    expect(await one.loadMessage(id, message.id)).toMatchObject({ text });
  });

  test.each([
    ['is no address', 'postgres://ann:hunter2/@db/chat'],
    ['has a port that is none', 'postgres://ann:hunter2@db:99999/chat'],
    [
      'names a certificate that is not there',
      'postgres://ann:hunter2@db/chat?sslmode=verify-full&sslrootcert=/none.pem',
    ],
  ])('is refused in words that do not hold its password where it %s', (_, url) => {
    const refusal: unknown = (() => {
      try {
        return connectionSettings(url);
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toMatchObject({ message: expect.stringContaining('The address of the database cannot be used') });
    expect(inspect(refusal)).not.toContain('hunter2');
  });

  test('asks for TLS, and the certificate is looked at', { timeout }, async () => {
    const folder = temporaryFolder('tls');
    const [own, strange] = [selfSigned('db'), selfSigned('another')];
    const file = (name: string, text: string): string => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const [trusted, untrusted] = [file('own.pem', own.cert), file('strange.pem', strange.cert)];
    await using server = await startPostgres({ tls: own });
    const url = await server.createDatabase();
    const open = (query: string) => PostgresStore.open({ url: `${url}?${query}`, node: 'a' });
    await using store = await open(`sslmode=verify-full&sslrootcert=${trusted}`);
    await append(store, said(await gather(store, 'ann'), 'ann', 'in secret'));
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query(
      "SELECT count(*)::int AS plain FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'parlance' AND NOT ssl",
    );
    expect(rows).toEqual([{ plain: 0 }]);
    await client.end();
    await expect(open(`sslmode=verify-full&sslrootcert=${untrusted}`)).rejects.toThrow(
      'The database cannot be reached',
    );
    await expect(open('sslmode=verify-full')).rejects.toThrow('The database cannot be reached');
    const plain = await (await sharedPostgres()).createDatabase();
    await expect(PostgresStore.open({ url: `${plain}?sslmode=verify-full`, node: 'a' })).rejects.toThrow(/SSL|TLS/i);
  });
});
