import { expect } from 'vitest';
import type { Store, Webhook, WebhookState } from '../../src/app/ports.ts';
import { toldEvent } from '../../src/http/webhook-events.ts';
import { WebhookKeeper } from '../../src/webhooks/keeper.ts';
import { type Post, postOverHttp } from '../../src/webhooks/post.ts';
import { ann } from './cast.ts';
import { type Received, Receiver } from './receiver.ts';
import { until } from './until.ts';
import { allowed, openTemporaryStore, Scene } from './use-cases.ts';

/** Keepers of webhooks over a real store, and what receives from them. */

export let opened: Awaited<ReturnType<typeof openTemporaryStore>>;
export let receiver: Receiver;
export let scene: Scene;
let keepers: WebhookKeeper[] = [];
const errors: unknown[] = [];

/** Opens a store, a receiver and a scene, in place of those before. */
export async function openScene(): Promise<void> {
  opened = await openTemporaryStore();
  receiver = await Receiver.open();
  scene = new Scene(opened.store);
  keepers = [];
  errors.length = 0;
}

/** Ends all of it, keepers too. Nothing may have gone wrong. */
export async function closeScene(): Promise<void> {
  for (const keeper of keepers) await keeper[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();
  expect(errors).toEqual([]);
}

type More = {
  readonly post?: Post;
  readonly attempts?: number;
  readonly node?: string;
  readonly leaseMs?: number;
  readonly configured?: Pick<Webhook, 'url' | 'secret' | 'events'>;
  readonly store?: Store;
  readonly onError?: (error: unknown) => void;
};

/** A node's keeper, at work. */
export async function keep(more: More = {}): Promise<WebhookKeeper> {
  const keeper = new WebhookKeeper({
    store: more.store ?? opened.store,
    clock: scene.node.clock,
    node: more.node ?? 'n1',
    tell: toldEvent,
    // No test may find out how fast the machine is: one that waits for silence gives its own.
    post: more.post ?? postOverHttp(10_000),
    limits: { attempts: more.attempts ?? 5, firstRetryMs: 5, lastRetryMs: 40 },
    configured: more.configured,
    ...(more.leaseMs === undefined ? {} : { leaseMs: more.leaseMs }),
    onError: more.onError ?? ((error) => errors.push(error)),
  });
  keepers.push(keeper);
  scene.node.bus.subscribe({ entries: () => keeper.wake(), head: () => undefined, told: () => undefined });
  await keeper.start();
  return keeper;
}

/** The one webhook there is. */
export async function register(events: readonly string[] = ['message.sent'], position = 0): Promise<string> {
  const webhook = { id: 'w', url: receiver.url, secret: 'a secret of some length', events, createdAt: 1 };
  await opened.store.followers.saveWebhook(webhook, position);
  return webhook.id;
}

export const state = async () => (await opened.store.followers.loadWebhooks())[0];
export const told = (count: number) =>
  until(
    () => receiver.received.length >= count,
    () => `should have come: ${receiver.received.length} of ${count}`,
  );

/** Waits until so much is parked. */
export async function parkedCount(count: number): Promise<void> {
  for (let tries = 0; tries < 3_000; tries++) {
    if ((await state())?.parkedCount === count) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`should have parked ${count}`);
}

export const texts = (count: number, name = ''): string[] => Array.from({ length: count }, (_, n) => `${name}${n}`);

/** Another conversation of the same node. */
export function another(): Scene {
  const other = new Scene(opened.store);
  other.node = scene.node;
  return other;
}

export async function say(where: Scene, said: readonly string[]): Promise<void> {
  for (const answer of await Promise.all(said.map((text) => where.send(ann, text)))) allowed(answer);
}

export const toldOf = (where: Scene, said: readonly string[]) =>
  until(
    () => receiver.texts(where.id).length >= said.length,
    () => `should have come: ${receiver.texts(where.id).length} of ${said.length}`,
    30_000,
  );

/** Waits for what is saved of it. */
export async function saved(isSo: (webhook: WebhookState) => boolean): Promise<void> {
  for (let tries = 0; tries < 3_000; tries++) {
    const webhook = await state();
    if (webhook && isSo(webhook)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`is ${JSON.stringify(await state())}`);
}

export const isOf =
  (where: Scene) =>
  ({ event }: Received): boolean =>
    event.conversationId === where.id;
