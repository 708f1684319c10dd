import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Draft, SearchIndex, SearchQuery, Store } from '../app/ports.ts';
import { quote } from '../core/messages.ts';
import type { ConversationId, Message, TimeMs, UserId } from '../core/model.ts';
import { termsOf } from '../core/words.ts';
import { added, append, expectEvent, gather, item, removed, said, tryAppend } from './contract/scene.contract.ts';

/** A log that is empty at first, and what searches in it; both can be opened again. */
export type SearchPlace = {
  openStore(): Promise<Store>;
  openSearch(): Promise<SearchIndex>;
  remove(): Promise<void>;
};

/** The laws of the port, which every driver keeps. Tests share one place: each has words of its own. */
export function describeSearch(name: string, makePlace: () => Promise<SearchPlace>): void {
  describe(`searching with ${name}`, () => {
    let place: SearchPlace;
    let store: Store;
    let index: SearchIndex;
    beforeAll(async () => {
      place = await makePlace();
      store = await place.openStore();
      index = await place.openSearch();
    });
    afterAll(async () => {
      await index?.[Symbol.asyncDispose]();
      await store?.[Symbol.asyncDispose]();
      await place?.remove();
    });

    const takeIn = async (): Promise<void> => {
      while (await index.advance());
    };
    const search = (asked: string, more: Partial<SearchQuery> = {}) =>
      index.find({ terms: termsOf(asked), limit: 50, ...more });
    const texts = async (asked: string, more: Partial<SearchQuery> = {}): Promise<readonly string[]> =>
      (await search(asked, more)).messages.map(({ text }) => text);
    const say = async (id: ConversationId, by: UserId, text: string, more: object = {}): Promise<Message> =>
      expectEvent(await append(store, said(id, by, text, more)), 'MessageSent').message;

    test('finds messages that hold all the words, newest first, in whatever dress', async () => {
      const id = await gather(store, 'ann');
      const first = await say(id, 'ann', 'Crème brûlée for Zoë');
      await say(id, 'ann', 'creme alone');
      await say(id, 'ann', 'ZOE and her crème');
      await say(id, 'ann', 'look', { attachment: { url: 'https://a/x', name: 'zoe-creme.png' } });
      await takeIn();
      expect(await texts('creme zoë')).toEqual(['look', 'ZOE and her crème', 'Crème brûlée for Zoë']);
      expect(await texts('brul*')).toEqual(['Crème brûlée for Zoë']);
      expect(await texts('brul')).toEqual([]);
      expect((await search('brulee')).messages).toEqual([first]);
      expect(await texts('creme nonsense')).toEqual([]);
    });

    test.each(['"', '_1', 'OR', 'NOT', "'quoted'", 'a:b', '(x', '\\', '&|!', 'NEAR(a b)', 'words:', '*', '茶'])(
      'takes %s for words, if anything',
      async (hostile) => {
        const id = await gather(store, 'ann');
        await say(id, 'ann', `hostile${id.replaceAll('-', '')} ${hostile}`);
        await takeIn();
        expect(await texts(`hostile${id.replaceAll('-', '')} ${hostile}`)).toHaveLength(1);
      },
    );

    test('keeps every word of a text, whatever else is in it', async () => {
      const id = await gather(store, 'ann');
      const text = 'before\u0000after \ud800 half \\u0000 "quotes" \u2028 end';
      await say(id, 'ann', text, { metadata: { n: '\u0000' } });
      await takeIn();
      for (const word of ['before', 'after', 'half', 'quotes', 'end']) {
        expect(await texts(word, { conversationId: id })).toEqual([text]);
      }
    });

    test('finds for a member what they may read: where they are a member now', async () => {
      const [tea, coffee, mine] = [
        await gather(store, 'ann', 'bob'),
        await gather(store, 'ann'),
        await gather(store, 'eve'),
      ];
      for (const id of [tea, coffee, mine]) await say(id, id === mine ? 'eve' : 'ann', `secretword in ${id}`);
      await takeIn();
      const found = (memberId: UserId) => texts('secretword', { memberId });
      expect(await found('bob')).toEqual([`secretword in ${tea}`]);
      expect(await found('ann')).toEqual([`secretword in ${coffee}`, `secretword in ${tea}`]);
      expect(await texts('secretword', { memberId: 'bob', conversationId: coffee })).toEqual([]);
      expect(await texts('secretword')).toHaveLength(3);
      // At once: the index has not seen these entries.
      await append(store, removed(tea, 'bob'), added(coffee, 'bob'));
      expect(await found('bob')).toEqual([`secretword in ${coffee}`]);
      expect(await found('nobody')).toEqual([]);
    });

    test('shows nothing of what was deleted, and of what was edited only what it says now', async () => {
      const id = await gather(store, 'ann');
      const [edited, deleted] = [await say(id, 'ann', 'oldword stays'), await say(id, 'ann', 'oldword goes')];
      await takeIn();
      expect(await texts('oldword')).toHaveLength(2);
      const drafts: Draft[] = [
        {
          type: 'MessageEdited',
          conversationId: id,
          message: { ...quote(edited), text: 'newword stays', editedAt: 1 },
          actorId: 'ann',
        },
        { type: 'MessageDeleted', conversationId: id, messageId: deleted.id, senderId: 'ann', actorId: 'ann' },
      ];
      await append(store, ...drafts);
      // Before the index knows of it, too.
      expect(await texts('oldword')).toEqual([]);
      await takeIn();
      expect([await texts('oldword'), await texts('newword stays')]).toEqual([[], ['newword stays']]);
    });

    test('goes by conversation, sender and time', async () => {
      const [one, two] = [await gather(store, 'ann', 'bob'), await gather(store, 'ann')];
      const at = async (ms: TimeMs, id: ConversationId, by: UserId, text: string): Promise<void> => {
        const outcome = await tryAppend(store, { ...item([said(id, by, text, { at: ms })]), at: ms });
        expect(outcome.ok).toBe(true);
      };
      const day = 86_400_000;
      const base = 1_900_000_000_000;
      await at(base, one, 'ann', 'timeword 0');
      await at(base + day, one, 'bob', 'timeword 1');
      await at(base + 2 * day, two, 'ann', 'timeword 2');
      await at(base + 3 * day, one, 'ann', 'timeword 3');
      await takeIn();
      expect(await texts('timeword', { conversationId: one })).toEqual(['timeword 3', 'timeword 1', 'timeword 0']);
      expect(await texts('timeword', { senderId: 'bob' })).toEqual(['timeword 1']);
      expect(await texts('timeword', { since: base + day })).toEqual(['timeword 3', 'timeword 2', 'timeword 1']);
      expect(await texts('timeword', { until: base + day })).toEqual(['timeword 0']);
      expect(await texts('timeword', { since: base + day, until: base + 2 * day + 1 })).toEqual([
        'timeword 2',
        'timeword 1',
      ]);
      expect(await texts('timeword', { until: base - 1 })).toEqual([]);
    });

    test('gives each find once, page after page', async () => {
      const id = await gather(store, 'ann');
      for (let n = 0; n < 7; n++) await say(id, 'ann', `pageword ${n}`);
      await takeIn();
      const found: string[] = [];
      let before: number | undefined;
      let pages = 0;
      do {
        const page = await search('pageword', { limit: 3, ...(before === undefined ? {} : { before }) });
        found.push(...page.messages.map(({ text }) => text));
        before = page.next;
        pages++;
      } while (before !== undefined);
      expect(found).toEqual(Array.from({ length: 7 }, (_, n) => `pageword ${6 - n}`));
      expect(pages).toBe(3);
    });

    test('tells how far it has come, and goes on from there after it was closed', async () => {
      const id = await gather(store, 'ann');
      await say(id, 'ann', 'restartword 1');
      await takeIn();
      const { position } = await store.head();
      expect((await search('restartword')).through).toBe(position);
      await index[Symbol.asyncDispose]();
      await say(id, 'ann', 'restartword 2');
      index = await place.openSearch();
      expect(await texts('restartword')).toEqual(['restartword 1']);
      await takeIn();
      expect(await texts('restartword')).toEqual(['restartword 2', 'restartword 1']);
      expect(await index.advance()).toBe(false);
    });

    test('lets go of what the log has let go for its age', async () => {
      const id = await gather(store, 'ann');
      const { position } = await store.head();
      for (let n = 0; n < 3; n++) await say(id, 'ann', `ageword ${n}`);
      await takeIn();
      await store.retention.announce('messages', position + 2);
      while (await store.retention.forgetSome('messages'));
      expect(await texts('ageword')).toEqual(['ageword 2']);
      await takeIn();
      expect(await texts('ageword')).toEqual(['ageword 2']);
      expect(await texts('ageword', { before: position + 3 })).toEqual([]);
    });

    test('takes in more than fits into one page of the log', async () => {
      const id = await gather(store, 'ann');
      await store.append(Array.from({ length: 1_200 }, (_, n) => item([said(id, 'ann', `manyword ${n}`)])));
      let pages = 0;
      while (await index.advance()) pages++;
      expect(pages).toBeGreaterThan(1);
      expect(await texts('manyword 0')).toEqual(['manyword 0']);
      expect(await texts('manyword 1199', { memberId: 'ann' })).toEqual(['manyword 1199']);
    });
  });
}
