import { afterEach, beforeEach, expect, test } from 'vitest';
import { ann } from '../../test/harness/cast.ts';
import { quietMoment, until } from '../../test/harness/until.ts';
import { allowed, Scene } from '../../test/harness/use-cases.ts';
import {
  closeScene,
  keep,
  opened,
  openScene,
  receiver,
  register,
  scene,
  state,
  told,
} from '../../test/harness/webhook-scene.ts';
import { type Post, postOverHttp } from './post.ts';

beforeEach(openScene);
afterEach(closeScene);

test('whoever goes on after a stop begins where the place was saved', async () => {
  await register();
  const first = await keep();
  allowed(await scene.send(ann, '1'));
  await told(1);
  await first[Symbol.asyncDispose]();
  const { position } = await opened.store.head();
  expect(await state()).toMatchObject({ position });
  allowed(await scene.send(ann, '2'));
  await keep();
  await told(2);
  await quietMoment();
  expect(receiver.texts()).toEqual(['1', '2']);
});

test('what was not taken before a stop is sent by whoever goes on, whatever came through meanwhile', async () => {
  await register();
  const other = new Scene(opened.store);
  other.node = scene.node;
  receiver.answer = ({ event }) => (event.conversationId === scene.id ? 500 : 204);
  const first = await keep({ attempts: 1000 });
  allowed(await scene.send(ann, 'stuck'));
  for (let n = 0; n < 5; n++) allowed(await other.send(ann, `${n}`));
  await told(5);
  await first[Symbol.asyncDispose]();
  expect((await state())?.failure).toMatchObject({ message: 'answered 500' });
  receiver.answer = () => 204;
  await keep();
  await until(
    () => receiver.texts(scene.id).length > 0,
    () => 'should be sent after all',
  );
  expect(receiver.texts(scene.id)).toEqual(['stuck']);
});

test('of several nodes one sends, and another goes on when it is gone', async () => {
  await register();
  const posts: string[] = [];
  const postAs =
    (node: string): Post =>
    async (...letter) => {
      posts.push(node);
      return postOverHttp(300)(...letter);
    };
  const first = await keep({ node: 'n1', post: postAs('n1'), leaseMs: 150 });
  allowed(await scene.send(ann, '1'));
  await told(1);
  await keep({ node: 'n2', post: postAs('n2'), leaseMs: 150 });
  allowed(await scene.send(ann, '2'));
  await told(2);
  expect(posts).toEqual(['n1', 'n1']);
  await first[Symbol.asyncDispose]();
  allowed(await scene.send(ann, '3'));
  await told(3);
  expect(posts.at(-1)).toBe('n2');
  expect(receiver.texts()).toEqual(['1', '2', '3']);
});

test('a node that died without a word keeps others waiting no longer than its lease', async () => {
  await register();
  const startedAt = performance.now();
  expect(await opened.store.followers.takeLease('webhooks', 'dead', 400)).toBe(true);
  await keep({ node: 'n2', leaseMs: 90 });
  allowed(await scene.send(ann, 'Anybody?'));
  await told(1);
  expect(performance.now() - startedAt).toBeGreaterThan(390);
  expect(receiver.texts()).toEqual(['Anybody?']);
});

test('whoever ends leaves the lease to the next one at once', async () => {
  await register();
  const first = await keep({ leaseMs: 600_000 });
  allowed(await scene.send(ann, '1'));
  await told(1);
  await first[Symbol.asyncDispose]();
  expect(await opened.store.followers.takeLease('webhooks', 'n2', 400)).toBe(true);
});

test('a store that fails for a moment ends nothing while the lease lasts', async () => {
  await register();
  let isAway = false;
  const { loadWebhooks } = opened.store.followers;
  opened.store.followers.loadWebhooks = async () => {
    if (isAway) throw new Error('away');
    return await loadWebhooks();
  };
  const errors: unknown[] = [];
  const keeper = await keep({ leaseMs: 600_000, onError: (error) => errors.push(error) });
  allowed(await scene.send(ann, '1'));
  await told(1);
  isAway = true;
  keeper.changed();
  await until(
    () => errors.length > 0,
    () => 'should have failed',
  );
  allowed(await scene.send(ann, '2'));
  await told(2);
  expect(receiver.texts()).toEqual(['1', '2']);
  isAway = false;
});

test('looking again for webhooks leaves alone what is on its way', async () => {
  await register();
  let looks = 0;
  const { loadWebhooks } = opened.store.followers;
  opened.store.followers.loadWebhooks = () => {
    looks++;
    return loadWebhooks();
  };
  const signals: AbortSignal[] = [];
  const post: Post = (_webhook, _request, signal) => {
    signals.push(signal);
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve('ended')));
  };
  const keeper = await keep({ post });
  allowed(await scene.send(ann, '1'));
  await until(
    () => signals.length > 0,
    () => 'should be on its way',
  );
  const before = looks;
  // The second begins when the first is over.
  for (let look = 1; look <= 2; look++) {
    keeper.changed();
    await until(
      () => looks >= before + look,
      () => 'should look',
    );
  }
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});

test('a node that has lost the lease and gets it back goes on', async () => {
  await register();
  let isLost = false;
  let refused = 0;
  const { takeLease } = opened.store.followers;
  opened.store.followers.takeLease = async (...asked) => {
    if (isLost) refused++;
    return !isLost && (await takeLease(...asked));
  };
  const keeper = await keep({ leaseMs: 600_000 });
  allowed(await scene.send(ann, '1'));
  await told(1);
  isLost = true;
  keeper.changed();
  await until(
    () => refused > 0,
    () => 'should ask for it',
  );
  isLost = false;
  keeper.changed();
  allowed(await scene.send(ann, '2'));
  await told(2);
  expect(receiver.texts()).toEqual(['1', '2']);
});

test('a node that hears nothing of the store stops when its lease is over, since another may have it', async () => {
  await register();
  let isAway = false;
  const { loadWebhooks } = opened.store.followers;
  opened.store.followers.loadWebhooks = async () => {
    if (isAway) throw new Error('away');
    return await loadWebhooks();
  };
  let signal: AbortSignal | undefined;
  const post: Post = (_webhook, _request, given) => {
    signal = given;
    return new Promise((resolve) => given.addEventListener('abort', () => resolve('ended')));
  };
  await keep({ post, leaseMs: 300, onError: () => undefined });
  allowed(await scene.send(ann, '1'));
  await until(
    () => signal,
    () => 'should be on its way',
  );
  isAway = true;
  await until(
    () => signal?.aborted,
    () => 'should stop',
  );
  isAway = false;
});
