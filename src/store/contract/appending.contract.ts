import { describe, expect, test } from 'vitest';
import type { Draft, Store } from '../../app/ports.ts';
import {
  added,
  append,
  created,
  expectEntries,
  expectEvent,
  freshId,
  gather,
  item,
  marked,
  readAll,
  said,
  say,
  tryAppend,
} from './scene.contract.ts';

/** The same, done by somebody else than its sender. */
const saidFor = (draft: Draft, actorId: string): Draft =>
  draft.type === 'MessageSent' ? { ...draft, actorId } : draft;

export function describeAppending(store: () => Store): void {
  describe('appending', () => {
    test('an entry gets the position after the head, and everything that was drafted', async () => {
      const id = freshId('conversation');
      const { position } = await store().head();
      const draft = created(id, { title: 'Tea' });
      const one = item([draft, added(id, 'ann')]);
      expect(expectEntries(await tryAppend(store(), one))).toEqual([
        { position: position + 1, at: one.at, event: draft },
        { position: position + 2, at: one.at, event: one.drafts[1] },
      ]);
      expect((await store().head()).position).toBe(position + 2);
    });

    test('a message gets its position as its id and counts on in its conversation', async () => {
      const [tea, cake] = [await gather(store(), 'ann'), await gather(store(), 'ann')];
      const entries = await append(
        store(),
        said(tea, 'ann', 'one'),
        said(cake, 'ann', 'first'),
        said(tea, 'ann', 'two'),
      );
      const messages = entries.map((entry) => expectEvent([entry], 'MessageSent').message);
      expect(messages.map((message) => message.ordinal)).toEqual([1, 1, 2]);
      expect(messages.map((message) => message.id)).toEqual(entries.map((entry) => entry.position));
    });

    test('calls that overlap are committed densely and in the order of the calls', async () => {
      const id = await gather(store(), 'ann');
      const { position } = await store().head();
      const calls = Array.from({ length: 3_000 }, (_, n) => store().append([item([said(id, 'ann', `${n}`)])]));
      const outcomes = (await Promise.all(calls)).flat();
      const positions = outcomes.map((outcome) => expectEntries(outcome)[0]?.position);
      expect(positions).toEqual(outcomes.map((_, n) => position + 1 + n));
      const stored = await readAll(store(), position);
      expect(stored.map((entry) => expectEvent([entry], 'MessageSent').message.text)).toEqual(
        calls.map((_, n) => `${n}`),
      );
    });

    test('one call with more items than fit into one commit is written in their order', async () => {
      const id = await gather(store(), 'ann');
      const outcomes = await store().append(Array.from({ length: 5_000 }, (_, n) => item([said(id, 'ann', `${n}`)])));
      expect(outcomes.map((outcome) => expectEvent(expectEntries(outcome), 'MessageSent').message.ordinal)).toEqual(
        outcomes.map((_, n) => n + 1),
      );
    });

    test('an item is written wholly or not at all', async () => {
      const id = await gather(store(), 'ann');
      const { position } = await store().head();
      const stranger = { is: 'member', conversationId: id, userId: 'eve' } as const;
      const outcomes = await store().append([
        item([said(id, 'ann', 'kept')]),
        item([added(id, 'bob'), said(id, 'eve', 'lost')], [stranger]),
        item([said(id, 'ann', 'kept too')]),
      ]);
      expect(outcomes[1]).toEqual({ ok: false, broken: stranger, head: position + 1 });
      const kept = [outcomes[0], outcomes[2]].flatMap(expectEntries);
      expect(kept.map((entry) => entry.position)).toEqual([position + 1, position + 2]);
      expect(await readAll(store(), position)).toEqual(kept);
      expect((await store().loadMember(id, 'bob')).value).toBeUndefined();
    });

    test('an item that cannot be written harms no other of its batch', async () => {
      const id = await gather(store(), 'ann');
      const { position } = await store().head();
      const outcomes = await store().append([
        item([said(id, 'ann', 'before')]),
        item([said(id, 'ann', 'lost'), said(freshId('nowhere'), 'ann', 'to nobody')]),
        item([said(id, 'ann\ud800', 'from nobody')]),
        item([said(id, 'ann', 'after')]),
      ]);
      expect(outcomes.map((outcome) => 'failed' in outcome)).toEqual([false, true, true, false]);
      const written = outcomes.filter((outcome) => outcome.ok);
      expect(written.flatMap(expectEntries).map((entry) => entry.position)).toEqual([position + 1, position + 2]);
      const { messages } = (await store().readMessages({ conversationId: id, limit: 9, take: 'newest' })).value;
      expect(messages.map((message) => [message.text, message.ordinal])).toEqual([
        ['before', 1],
        ['after', 2],
      ]);
    });

    test('what append answered is what the log says', async () => {
      const id = freshId('conversation');
      const user = { id: freshId('user'), email: 'a@b.c', role: 'ADMIN', name: 'Ann' };
      const { position } = await store().head();
      const notification = { userId: user.id, title: 'Hello', message: 'World', type: 'note', at: 5 };
      const entries = await append(
        store(),
        { type: 'UserChanged', user },
        created(id, { kind: 'support', status: 'PENDING', clientId: 'bob' }),
        added(id, 'bob'),
        { type: 'StatusChanged', conversationId: id, status: 'ACTIVE', clientId: 'bob', adminId: user.id },
        { type: 'MemberJoined', conversationId: id, user, actorId: user.id },
        saidFor(said(id, 'bob', 'hi'), user.id),
        marked(id, user.id, { what: 'everything' }),
        { type: 'NotificationCreated', notification },
        { type: 'UserRevoked', userId: user.id, revokedAtSeconds: 7 },
      );
      expect(entries).toHaveLength(9);
      expect(await readAll(store(), position)).toEqual(entries);
    });

    test('an item without drafts leaves no entry', async () => {
      const { position } = await store().head();
      const id = freshId('session');
      const session = { id, userId: 'ann', namespace: '/', voices: [], joined: [] };
      expect(await tryAppend(store(), { ...item([]), session })).toEqual({ ok: true, entries: [] });
      expect((await store().head()).position).toBe(position);
    });

    test('no items are answered with no outcomes', async () => {
      expect(await store().append([])).toEqual([]);
    });
  });

  describe('a clientMessageId', () => {
    test('answers a repeat with the first message and writes nothing', async () => {
      const id = await gather(store(), 'ann');
      const clientMessageId = 'x';
      const [first] = await append(store(), said(id, 'ann', 'once', { clientMessageId, metadata: { a: [1, null] } }));
      const { position } = await store().head();
      const repeat = await tryAppend(store(), item([said(id, 'ann', 'twice', { clientMessageId })]));
      const { message } = expectEvent(first === undefined ? [] : [first], 'MessageSent');
      expect(repeat).toEqual({ ok: false, repeatOf: message, head: position });
      expect((await store().head()).position).toBe(position);
      expect(await store().findByClientMessageId(id, 'ann', clientMessageId)).toEqual(message);
    });

    test('answers a repeat within one batch', async () => {
      const id = await gather(store(), 'ann');
      const { position } = await store().head();
      const twice = [1, 2].map((n) => item([said(id, 'ann', `${n}`, { clientMessageId: 'x' })]));
      const [first, second] = await store().append(twice);
      const { message } = expectEvent(expectEntries(first), 'MessageSent');
      expect(second).toEqual({ ok: false, repeatOf: message, head: position + 1 });
    });

    test('answers a repeat also where the sender may not send any more', async () => {
      const id = await gather(store(), 'ann');
      const expects = [{ is: 'member', conversationId: id, userId: 'ann' }] as const;
      const send = () => item([said(id, 'ann', 'once', { clientMessageId: 'x' })], expects);
      const first = expectEvent(expectEntries(await tryAppend(store(), send())), 'MessageSent');
      await append(store(), {
        type: 'MemberRemoved',
        conversationId: id,
        userId: 'ann',
        wasJoined: false,
        mayReenter: false,
      });
      expect(await tryAppend(store(), send())).toMatchObject({ ok: false, repeatOf: first.message });
    });

    test('is the sender’s own, in one conversation', async () => {
      const [tea, cake] = [await gather(store(), 'ann', 'bob'), await gather(store(), 'ann')];
      const same = { clientMessageId: 'x' };
      expect(await append(store(), said(tea, 'ann', '1', same))).toHaveLength(1);
      expect(await append(store(), said(tea, 'bob', '2', same))).toHaveLength(1);
      expect(await append(store(), said(cake, 'ann', '3', same))).toHaveLength(1);
    });

    test('is compared to the last character, whatever the characters', async () => {
      const id = await gather(store(), 'ann');
      const ids = ['a', 'A', 'a ', 'é', 'e\u0301', 'a\u0000', 'a\u0000b', '\ud800', '\udbff', '\ufffd', '💐'];
      for (const clientMessageId of ids) await append(store(), said(id, 'ann', clientMessageId, { clientMessageId }));
      for (const clientMessageId of ids) {
        const found = await store().findByClientMessageId(id, 'ann', clientMessageId);
        expect(found).toMatchObject({ text: clientMessageId, clientMessageId });
      }
      expect(await store().findByClientMessageId(id, 'ann', 'b')).toBeUndefined();
    });

    test('is no matter of messages without one', async () => {
      const id = await gather(store(), 'ann');
      expect(await say(store(), id, 'ann', 'same', 'same')).toHaveLength(2);
    });
  });
}
