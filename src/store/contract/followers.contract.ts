import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { AuditRecord, ParkedDelivery, Store, Webhook } from '../../app/ports.ts';
import { freshId, nextTimeMs } from './scene.contract.ts';

export function describeFollowers(store: () => Store): void {
  const followers = () => store().followers;

  describe('webhooks', () => {
    const webhook = (more: Partial<Webhook> = {}): Webhook => ({
      id: freshId('webhook'),
      url: 'https://host.example.org/hook',
      secret: 's\u0000\ud800',
      events: ['message.sent'],
      createdAt: nextTimeMs(),
      ...more,
    });
    const load = async (id: string) => (await followers().loadWebhooks()).find((one) => one.id === id);
    const parked = (webhookId: string, position: number): ParkedDelivery => ({
      webhookId,
      position,
      type: 'message.sent',
      conversationId: 'c',
      failure: { at: 5, message: 'refused', attempts: 3 },
    });

    test('are kept in the order of their making, and keep their place when they are changed', async () => {
      const [first, second] = [webhook(), webhook()];
      await followers().saveWebhook(second, 9);
      await followers().saveWebhook(first, 7);
      expect(await load(first.id)).toEqual({ ...first, position: 7, stragglers: [], generation: 0, parkedCount: 0 });
      const changed = { ...first, url: 'https://other.example.org/' };
      await followers().saveWebhook(changed, 99);
      expect(await load(first.id)).toEqual({ ...changed, position: 7, stragglers: [], generation: 0, parkedCount: 0 });
      const ids = (await followers().loadWebhooks()).map(({ id }) => id);
      expect(ids.indexOf(first.id)).toBeLessThan(ids.indexOf(second.id));
    });

    test('move forward only, with what went wrong last, and not for whoever knows an older generation', async () => {
      const { id } = webhook();
      await followers().saveWebhook(webhook({ id }), 0);
      const failure = { at: 5, message: 'm\u0000', attempts: 2 };
      expect(await followers().moveWebhook(id, 0, { position: 4, stragglers: [], failure })).toBe(true);
      expect(await load(id)).toMatchObject({ position: 4, failure });
      expect(await followers().moveWebhook(id, 0, { position: 3, stragglers: [] })).toBe(true);
      expect(await load(id)).toMatchObject({ position: 4 });
      expect(await load(id)).not.toHaveProperty('failure');
      expect(await followers().replayWebhook(id, 1)).toBe(true);
      expect(await load(id)).toMatchObject({ position: 1, generation: 1 });
      expect(await followers().moveWebhook(id, 0, { position: 8, stragglers: [] })).toBe(false);
      expect(await load(id)).toMatchObject({ position: 1 });
      expect(await followers().moveWebhook(freshId('webhook'), 0, { position: 8, stragglers: [] })).toBe(false);
      expect(await followers().replayWebhook(freshId('webhook'), 1)).toBe(false);
    });

    test('keep who was gone past with the place that goes with it, and as a straggler until they have come as far', async () => {
      const { id } = webhook();
      await followers().saveWebhook(webhook({ id }), 0);
      const stragglers = [
        { conversationId: 'c', position: 3 },
        { userId: 'u \u0000\ud800', position: 12 },
      ];
      await followers().moveWebhook(id, 0, { position: 20, stragglers });
      expect(await load(id)).toMatchObject({ position: 20, stragglers });
      await followers().moveWebhook(id, 0, { position: 19, stragglers: [] });
      expect(await load(id)).toMatchObject({ position: 20, stragglers });
      await followers().replayWebhook(id, 12);
      expect(await load(id)).toMatchObject({ position: 12, stragglers: stragglers.slice(0, 1) });
      await followers().moveWebhook(id, 1, { position: 12, stragglers: [] });
      expect((await load(id))?.stragglers).toEqual([]);
    });

    test('park what they could not deliver, until they are set back behind it or removed', async () => {
      const { id } = webhook();
      await followers().saveWebhook(webhook({ id }), 0);
      for (const position of [8, 3, 5]) await followers().parkDelivery(parked(id, position));
      await followers().parkDelivery({ ...parked(id, 3), type: 'member.added' });
      const first = await followers().listParked(id, { limit: 2 });
      expect(first).toEqual({ parked: [{ ...parked(id, 3), type: 'member.added' }, parked(id, 5)], hasMore: true });
      expect(await followers().listParked(id, { limit: 2, after: 5 })).toEqual({
        parked: [parked(id, 8)],
        hasMore: false,
      });
      expect(await load(id)).toMatchObject({ parkedCount: 3 });
      await followers().replayWebhook(id, 4);
      expect((await followers().listParked(id, { limit: 9 })).parked.map(({ position }) => position)).toEqual([3]);
      expect(await followers().removeWebhook(id)).toBe(true);
      expect(await load(id)).toBeUndefined();
      expect((await followers().listParked(id, { limit: 9 })).parked).toEqual([]);
      expect(await followers().removeWebhook(id)).toBe(false);
    });
  });

  describe('a lease', () => {
    test('is one holder’s at a time, until it runs out or is given back', async () => {
      const name = freshId('lease');
      const take = (holder: string, forMs: number) => followers().takeLease(name, holder, forMs);
      expect(await take('a', 60_000)).toBe(true);
      expect(await take('b', 60_000)).toBe(false);
      expect(await take('a', 60_000)).toBe(true);
      expect(await take('a', 0)).toBe(true);
      expect(await take('b', 5)).toBe(true);
      await wait(10);
      expect(await take('c', 60_000)).toBe(true);
      expect(await followers().takeLease(freshId('lease'), 'b', 5)).toBe(true);
    });
  });

  describe('the audit', () => {
    test('says who did what, newest first, page after page', async () => {
      const record = (action: string): AuditRecord => ({
        at: nextTimeMs(),
        action,
        target: { id: 'x\u0000\ud800' },
        details: '{"reason":"spam"}',
        address: '127.0.0.1',
        requestId: 'r',
        status: 200,
      });
      const [a, b, c] = [record('a'), { ...record('b'), userId: 'ada' }, record('c')];
      for (const one of [a, b, c]) await followers().saveAudit(one);
      const first = await followers().listAudit({ limit: 2 });
      expect(first.records.map(({ id: _, ...one }) => one)).toEqual([c, b]);
      expect(first.hasMore).toBe(true);
      const second = await followers().listAudit({ limit: 1, before: first.records[1]?.id ?? 0 });
      expect(second.records).toMatchObject([a]);
    });
  });
}
