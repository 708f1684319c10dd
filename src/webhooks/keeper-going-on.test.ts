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
