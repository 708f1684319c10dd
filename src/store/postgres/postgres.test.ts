import { sharedPostgres } from '../../../test/harness/postgres.ts';
import { describeStore } from '../store.contract.ts';
import { PostgresStore } from './store.ts';

describeStore('PostgreSQL', async () => {
  const url = await (await sharedPostgres()).createDatabase();
  return { open: () => PostgresStore.open({ url, node: 'a' }), remove: async () => undefined };
});
