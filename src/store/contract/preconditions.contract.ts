import { describe, expect, test } from 'vitest';
import type { Draft, Precondition, Store } from '../../app/ports.ts';
import {
  added,
  append,
  created,
  freshId,
  gather,
  item,
  joined,
  left,
  removed,
  said,
  say,
  tryAppend,
} from './scene.contract.ts';

export function describePreconditions(store: () => Store): void {
  /** Holds the precondition against the store, and writes something harmless if it holds. */
  async function holds(expected: Precondition): Promise<boolean> {
    const { position } = await store().head();
    const user = { id: freshId('user'), email: '', role: 'USER', name: 'Nobody' };
    const outcome = await tryAppend(store(), item([{ type: 'UserChanged', user }], [expected]));
    if (!outcome.ok) expect(outcome).toEqual({ ok: false, broken: expected, head: position });
    return outcome.ok;
  }

  describe('a precondition', () => {
    test('conversationAbsent holds until the conversation is there', async () => {
      const conversationId = freshId('conversation');
      expect(await holds({ is: 'conversationAbsent', conversationId })).toBe(true);
      await append(store(), created(conversationId));
      expect(await holds({ is: 'conversationAbsent', conversationId })).toBe(false);
    });

    test('conversationAs compares what it names, and only that', async () => {
      const conversationId = freshId('conversation');
      const is = 'conversationAs';
      expect(await holds({ is, conversationId })).toBe(false);
      await append(
        store(),
        created(conversationId, { kind: 'support', status: 'PENDING', clientId: 'ann' }),
        added(conversationId, 'ann'),
      );
      expect(await holds({ is, conversationId })).toBe(true);
      expect(await holds({ is, conversationId, status: 'PENDING', adminId: null, memberCount: 1 })).toBe(true);
      expect(await holds({ is, conversationId, status: 'ACTIVE' })).toBe(false);
      expect(await holds({ is, conversationId, adminId: 'bob' })).toBe(false);
      expect(await holds({ is, conversationId, memberCount: 2 })).toBe(false);
      const status = 'ACTIVE';
      await append(store(), { type: 'StatusChanged', conversationId, status, clientId: 'ann', adminId: 'bob' });
      expect(await holds({ is, conversationId, status: 'ACTIVE', adminId: 'bob' })).toBe(true);
      expect(await holds({ is, conversationId, adminId: null })).toBe(false);
      await append(store(), { type: 'StatusChanged', conversationId, status: 'CLOSED', clientId: 'ann' });
      expect(await holds({ is, conversationId, status: 'CLOSED', adminId: 'bob' })).toBe(true);
    });

    test('member holds while the user is one', async () => {
      const conversationId = await gather(store(), 'ann');
      const expected = { is: 'member', conversationId, userId: 'ann' } as const;
      expect(await holds(expected)).toBe(true);
      expect(await holds({ ...expected, userId: 'bob' })).toBe(false);
      expect(await holds({ ...expected, conversationId: freshId('conversation') })).toBe(false);
      await append(store(), removed(conversationId, 'ann'));
      expect(await holds(expected)).toBe(false);
    });

    test('member compares the role where one is named', async () => {
      const conversationId = await gather(store(), 'ann');
      const expected = { is: 'member', conversationId, userId: 'ann', role: 'owner' } as const;
      expect(await holds(expected)).toBe(false);
      expect(await holds({ ...expected, role: 'member' })).toBe(true);
      await append(store(), { type: 'MemberRoleChanged', conversationId, userId: 'ann', role: 'owner' });
      expect(await holds(expected)).toBe(true);
      expect(await holds({ ...expected, role: 'member' })).toBe(false);
    });

    test('noMember minds a bar unless told not to', async () => {
      const conversationId = await gather(store(), 'ann', 'bob');
      const expected = { is: 'noMember', conversationId, userId: 'ann', evenIfBarred: false } as const;
      expect(await holds(expected)).toBe(false);
      expect(await holds({ ...expected, evenIfBarred: true })).toBe(false);
      expect(await holds({ ...expected, userId: 'eve' })).toBe(true);
      await append(store(), removed(conversationId, 'ann'), removed(conversationId, 'bob', true));
      expect(await holds(expected)).toBe(false);
      expect(await holds({ ...expected, evenIfBarred: true })).toBe(true);
      expect(await holds({ ...expected, userId: 'bob' })).toBe(true);
      await append(store(), added(conversationId, 'ann'), removed(conversationId, 'ann', true));
      expect(await holds(expected)).toBe(true);
    });

    test('joined follows the member’s own word', async () => {
      const conversationId = await gather(store(), 'ann');
      const holdsFor = async (userId: string) => [
        await holds({ is: 'joined', conversationId, userId, joined: true }),
        await holds({ is: 'joined', conversationId, userId, joined: false }),
      ];
      expect(await holdsFor('ann')).toEqual([false, true]);
      expect(await holdsFor('eve')).toEqual([false, true]);
      await append(store(), joined(conversationId, 'ann'));
      expect(await holdsFor('ann')).toEqual([true, false]);
      await append(store(), left(conversationId, 'ann'));
      expect(await holdsFor('ann')).toEqual([false, true]);
      await append(store(), joined(conversationId, 'ann'), removed(conversationId, 'ann'));
      expect(await holdsFor('ann')).toEqual([false, true]);
    });

    test('message holds for messages of that conversation alone', async () => {
      const [conversationId, other] = [await gather(store(), 'ann'), await gather(store(), 'ann')];
      const [messageId = 0] = await say(store(), conversationId, 'ann', 'hi');
      const [foreign = 0] = await say(store(), other, 'ann', 'hi');
      const { position: noMessage } = (await append(store(), added(conversationId, 'bob')))[0] ?? { position: 0 };
      const held: boolean[] = [];
      for (const id of [messageId, foreign, noMessage, foreign + 1_000, 0]) {
        held.push(await holds({ is: 'message', conversationId, messageId: id }));
      }
      expect(held).toEqual([true, false, false, false, false]);
    });

    test('sees the earlier items of its own batch', async () => {
      const conversationId = freshId('conversation');
      const absent = { is: 'conversationAbsent', conversationId } as const;
      const member = { is: 'member', conversationId, userId: 'ann' } as const;
      const note: Draft = { type: 'UserRevoked', userId: freshId('user'), revokedAtSeconds: 1 };
      const outcomes = await store().append([
        item([note], [member]),
        item([created(conversationId), added(conversationId, 'ann')], [absent]),
        item([created(conversationId)], [absent]),
        item([note], [member]),
        item([removed(conversationId, 'ann')], [member]),
        item([note], [member]),
      ]);
      expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, true, false, true, true, false]);
    });

    test('of a message that its sender alone says is held like any other', async () => {
      const conversationId = freshId('conversation');
      await append(
        store(),
        created(conversationId, { kind: 'support', status: 'PENDING', clientId: 'ann' }),
        added(conversationId, 'ann'),
      );
      const member = { is: 'member', conversationId, userId: 'ann' } as const;
      const [one, two] = [1, 2].map((memberCount) => ({ is: 'conversationAs', conversationId, memberCount }) as const);
      const [pending, closed] = (['PENDING', 'CLOSED'] as const).map(
        (status) => ({ is: 'conversationAs', conversationId, status }) as const,
      );
      const brokenOf = async (...expects: readonly (Precondition | undefined)[]) => {
        const expected = expects.filter((is) => is !== undefined);
        const outcome = await tryAppend(store(), item([said(conversationId, 'ann', 'hi')], expected));
        return outcome.ok ? undefined : outcome;
      };
      expect(await brokenOf(member)).toBeUndefined();
      expect(await brokenOf(member, one)).toBeUndefined();
      expect(await brokenOf(member, pending)).toBeUndefined();
      expect(await brokenOf(member, one, pending)).toBeUndefined();
      expect(await brokenOf(member, two)).toMatchObject({ broken: two });
      expect(await brokenOf(member, closed)).toMatchObject({ broken: closed });
      expect(await brokenOf(member, two, closed)).toMatchObject({ broken: two });
      expect(await brokenOf(member, one, closed)).toMatchObject({ broken: closed });
      await append(store(), removed(conversationId, 'ann'));
      expect(await brokenOf(member, one, pending)).toMatchObject({ broken: member });
    });

    test('is answered as the first one that does not hold', async () => {
      const conversationId = await gather(store(), 'ann');
      const expects = ['ann', 'bob', 'eve'].map((userId) => ({ is: 'member', conversationId, userId }) as const);
      const outcome = await tryAppend(store(), item([added(conversationId, 'zoe')], expects));
      expect(outcome).toMatchObject({ ok: false, broken: { userId: 'bob' } });
    });
  });
}
