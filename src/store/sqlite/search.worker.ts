import { workerData } from 'node:worker_threads';
import type { SearchQuery } from '../../app/ports.ts';
import { openForReading } from './connection.ts';
import { openSearchFile } from './search-file.ts';
import { finder } from './search-find.ts';
import { searchFollower } from './search-follow.ts';
import { answerQuestions } from './worker-end.ts';

/** The one that searches: it reads the log's file, and has one of its own for the words. */
answerQuestions(() => {
  const { path, searchPath } = workerData as { readonly path: string; readonly searchPath: string };
  const log = openForReading({ path });
  const db = openSearchFile(searchPath, log);
  const advance = searchFollower(db, log);
  const find = finder(db, log);
  return {
    answer(asked, text) {
      if (asked === 'advance') return JSON.stringify(advance());
      return find(JSON.parse(String(text)) as SearchQuery);
    },
    close() {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      db.close();
      log.close();
    },
  };
});
