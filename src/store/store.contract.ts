import { afterAll, beforeAll, describe } from 'vitest';
import type { Store } from '../app/ports.ts';
import { describeAppending } from './contract/appending.contract.ts';
import { describeConversations } from './contract/conversations.contract.ts';
import { describeCursors } from './contract/cursors.contract.ts';
import { describeErasure } from './contract/erasure.contract.ts';
import { describeFollowers } from './contract/followers.contract.ts';
import { describeLog } from './contract/log.contract.ts';
import { describeMessages } from './contract/messages.contract.ts';
import { describePeople } from './contract/people.contract.ts';
import { describePreconditions } from './contract/preconditions.contract.ts';
import { describeRanges } from './contract/ranges.contract.ts';
import { describeRecords } from './contract/records.contract.ts';
import { describeReopening } from './contract/reopening.contract.ts';
import { describeRetention } from './contract/retention.contract.ts';
import { describeRevisions } from './contract/revisions.contract.ts';
import type { Database } from './contract/scene.contract.ts';

/** The laws of the port, which every driver keeps. Most tests share one store: each has ids of its own. */
export function describeStore(name: string, makeDatabase: () => Promise<Database>): void {
  describe(`the store of ${name}`, () => {
    let database: Database | undefined;
    let opened: Store | undefined;
    beforeAll(async () => {
      database = await makeDatabase();
      opened = await database.open();
    });
    afterAll(async () => {
      await opened?.[Symbol.asyncDispose]();
      await database?.remove();
    });
    const store = (): Store => {
      if (opened === undefined) throw new Error('The store is not open.');
      return opened;
    };

    describeAppending(store);
    describePreconditions(store);
    describeLog(store);
    describeCursors(store);
    describeMessages(store);
    describeRanges(store);
    describeRevisions(store);
    describeConversations(store, makeDatabase);
    describeRecords(store);
    describePeople(store, makeDatabase);
    describeFollowers(store);
    describeErasure(store);
    describeReopening(makeDatabase);
    describeRetention(makeDatabase);
  });
}
