import { type ErasingParts, eraseUser as erase } from '../app/erase-user.ts';
import type { Store } from '../app/ports.ts';
import { openBlobs } from '../blobs/open.ts';
import { loadConfig } from '../config.ts';
import { openLog, openStore } from '../store/open.ts';
import { type CliCommand, UsageError } from './command.ts';
import { parseOptions } from './options.ts';

/** Erases what is known of a user, for good. */
export const eraseUser: CliCommand = {
  name: 'erase-user',
  options: '--user ID --yes',
  sentence:
    'Erase one user for good: messages as deleted, profile, notifications, sessions and files; SQLite: server stopped.',
  async run(args, { env, tell }) {
    const { user, yes } = parseOptions(args, { user: { type: 'string' }, yes: { type: 'boolean', default: false } });
    if (user === undefined) throw new UsageError('Whom? Give the id of the user: --user 1');
    if (!yes) throw new UsageError(`There is no way back but a backup. Add --yes to erase ${JSON.stringify(user)}`);
    const { storage, s3 } = loadConfig(env());
    await expectLog(storage);
    await using store = await openStore({ ...storage, node: 'erase-user' });
    if (!(await store.loadUsers([user])).has(user)) {
      throw new Error(
        `There is no user ${JSON.stringify(user)}, and nothing was changed. Check the id, and DATA_DIR or DATABASE_URL.`,
      );
    }
    const blobs = await openBlobs(storage.dataDir, s3, (error) => tell(`parlance: ${error}`));
    const { messages, files } = await erase(
      { append: appending(store), store, blobs, clock: { nowMs: Date.now } },
      user,
    );
    tell(
      `Erased ${JSON.stringify(user)}: ${messages} messages and ${files} files, the profile, and all that was theirs alone. ` +
        'Their tokens are refused. What stays is in docs/operate.md.',
    );
  },
};

/** Before one is made: whoever erases somebody means a log that is there. */
async function expectLog(storage: Parameters<typeof openLog>[0]): Promise<void> {
  await using log = await openLog(storage);
  await log.readEntries(0, 1);
}

/** Nobody of this process listens; nodes of a shared database hear of the log's new head. */
function appending(store: Store): ErasingParts['append'] {
  return async (item) => {
    const [outcome] = await store.append([item]);
    if (outcome === undefined) throw new Error('The store answered for no item.');
    return outcome;
  };
}
