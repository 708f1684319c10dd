import { workerData } from 'node:worker_threads';
import { readItems } from '../batch.ts';
import { Applier } from './applier.ts';
import { type ConnectionOptions, openForWriting } from './connection.ts';
import { erasureWriters } from './erasure.ts';
import { followerWriters } from './followers.ts';
import { type ForgetPage, sessionForgetter } from './forget-sessions.ts';
import { migrate } from './migrate.ts';
import { lastSeenWriter, type SeenUsers } from './people.ts';
import { retentionWriters } from './retention.ts';
import { answerQuestions } from './worker-end.ts';

/** How long rows may be behind the log while nobody asks for them. */
const behindMs = 500;

/** The one writer: brings the file up to date, then commits batch after batch. */
answerQuestions(() => {
  const options = workerData as ConnectionOptions;
  const db = openForWriting(options);
  migrate(db, options.path);
  const applier = new Applier(db);
  const forgetSessions = sessionForgetter(db);
  const saveLastSeen = lastSeenWriter(db);
  const beside = new Map<string, (asked: never) => string>(
    Object.entries({
      ...followerWriters(db),
      ...retentionWriters(db, () => applier.forgetRows()),
      ...erasureWriters(db),
    }),
  );
  let saving: NodeJS.Timeout | undefined;
  const saveLater = (): void => {
    saving = undefined;
    try {
      applier.saveRows();
    } catch {
      // Whatever is in the way (a full disk) is told to whoever writes next, and the rows wait.
    }
  };
  return {
    answer(asked, text) {
      if (typeof text !== 'string') {
        const result = applier.apply(readItems(text));
        if (applier.hasUnsaved) {
          saving ??= setTimeout(saveLater, behindMs);
        } else {
          clearTimeout(saving);
          saving = undefined;
        }
        return JSON.stringify(result);
      }
      // Everything else works on the file's rows, but for what only reads of others, which a full disk shall not keep.
      if (asked !== 'loadHorizons') applier.saveRows();
      if (asked === 'saveRows') return '';
      if (asked === 'forgetSessions') return JSON.stringify(forgetSessions(JSON.parse(text) as ForgetPage));
      if (asked === 'saveLastSeen') {
        saveLastSeen(JSON.parse(text) as SeenUsers);
        return '';
      }
      const write = beside.get(asked);
      if (write !== undefined) return write(JSON.parse(text) as never);
      throw new Error(`The writer does not know "${asked}".`);
    },
    close() {
      clearTimeout(saving);
      // Where they cannot be, they catch up when the file is opened next.
      saveLater();
      try {
        // Leaves one file behind, which can be copied as it is.
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } finally {
        db.close();
      }
    },
  };
});
