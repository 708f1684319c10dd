import type { DatabaseSync } from 'node:sqlite';
import { followerReaders } from './followers.ts';
import { conversationReaders } from './read-conversations.ts';
import { logReaders } from './read-log.ts';
import { messageReaders } from './read-messages.ts';
import { peopleReaders } from './read-people.ts';
import { recordReaders } from './read-records.ts';
import type { Readers, Readings } from './readings.ts';

/** What answers each question that the store asks its reader, its statements prepared once. */
export function allReaders(db: DatabaseSync): Readers<keyof Readings> {
  return {
    ...logReaders(db),
    ...messageReaders(db),
    ...conversationReaders(db),
    ...recordReaders(db),
    ...peopleReaders(db),
    ...followerReaders(db),
  };
}
