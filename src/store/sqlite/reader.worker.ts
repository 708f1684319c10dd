import { workerData } from 'node:worker_threads';
import { allReaders } from './all-readers.ts';
import { type ConnectionOptions, inTransaction, openForReading } from './connection.ts';
import { answerQuestions } from './worker-end.ts';

/** The one reader beside the writer: each answer is a reading of one moment. */
answerQuestions(() => {
  const db = openForReading(workerData as ConnectionOptions);
  const byName = new Map<string, (asked: never) => string>(Object.entries(allReaders(db)));
  return {
    answer(asked, text) {
      const read = byName.get(asked);
      if (read === undefined || typeof text !== 'string') throw new Error(`The reader does not know "${asked}".`);
      return inTransaction(db, 'BEGIN', () => read(JSON.parse(text) as never));
    },
    close: () => db.close(),
  };
});
