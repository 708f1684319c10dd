import { workerData } from 'node:worker_threads';
import { type ConnectionOptions, inTransaction, openForReading } from './connection.ts';
import { followerReaders } from './followers.ts';
import { conversationReaders } from './read-conversations.ts';
import { logReaders } from './read-log.ts';
import { messageReaders } from './read-messages.ts';
import { peopleReaders } from './read-people.ts';
import { recordReaders } from './read-records.ts';
import type { Readers, Readings } from './readings.ts';
import { answerQuestions } from './worker-end.ts';

/** The one reader beside the writer: each answer is a reading of one moment. */
answerQuestions(() => {
  const db = openForReading(workerData as ConnectionOptions);
  const readers: Readers<keyof Readings> = {
    ...logReaders(db),
    ...messageReaders(db),
    ...conversationReaders(db),
    ...recordReaders(db),
    ...peopleReaders(db),
    ...followerReaders(db),
  };
  const byName = new Map<string, (asked: never) => string>(Object.entries(readers));
  return {
    answer(asked, text) {
      const read = byName.get(asked);
      if (read === undefined || typeof text !== 'string') throw new Error(`The reader does not know "${asked}".`);
      return inTransaction(db, 'BEGIN', () => read(JSON.parse(text) as never));
    },
    close: () => db.close(),
  };
});
