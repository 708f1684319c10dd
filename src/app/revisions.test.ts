import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeStore, openScene, openStore, scene, store } from '../../test/harness/app-scene.ts';
import { ann, bob, eve, person } from '../../test/harness/cast.ts';
import { allowed, as, circumstances, host, Scene } from '../../test/harness/use-cases.ts';
import type { Actor } from '../core/commands.ts';
import type { Message, User } from '../core/model.ts';

beforeAll(openStore);
afterAll(closeStore);
beforeEach(() => openScene());

const edit = (actor: Actor, { id: messageId }: Message, text: string) =>
  scene.node.execute<'EditMessage'>(
    { type: 'EditMessage', conversationId: scene.id, messageId, text },
    actor,
    circumstances,
  );
const remove = (actor: Actor, { id: messageId }: Message) =>
  scene.node.execute<'DeleteMessage'>(
    { type: 'DeleteMessage', conversationId: scene.id, messageId },
    actor,
    circumstances,
  );
const react = (user: User, { id: messageId }: Message, emoji: string, isSet = true) =>
  scene.node.execute<'SetReaction'>(
    { type: 'SetReaction', conversationId: scene.id, messageId, emoji, isSet },
    as(user),
    circumstances,
  );
const load = ({ id }: Message) => store.loadMessage(scene.id, id);

describe('an edit', () => {
  test('is answered with the message as everybody hears it and as the store has it', async () => {
    const { message } = allowed(await scene.send(ann, 'Tea?'));
    scene.node.clock.ms += 10;
    const edited = allowed(await edit(as(ann), message, 'Coffee?')).message;
    expect(edited).toEqual({ ...message, text: 'Coffee?', editedAt: message.at + 10 });
    expect(await load(message)).toEqual(edited);
    expect(scene.node.heard.at(-1)?.event).toMatchObject({ type: 'MessageEdited', message: edited, actorId: 'ann' });
  });

  test('to what it says already tells nobody', async () => {
    const { message } = allowed(await scene.send(ann, 'Tea?'));
    expect(allowed(await edit(as(ann), message, 'Tea?')).message).toEqual(message);
    expect(scene.typesHeard().at(-1)).toBe('MessageSent');
  });

  test('of another conversation’s message is not found', async () => {
    const elsewhere = new Scene(store);
    const { message } = allowed(await elsewhere.send(ann, 'there'));
    allowed(await scene.send(ann, 'here'));
    expect(await edit(as(ann), message, 'x')).toMatchObject({ refused: 'MESSAGE_NOT_FOUND' });
  });

  test('and a deletion at the same time leave it deleted, in whichever order they come', async () => {
    for (let round = 0; round < 10; round++) {
      const { message } = allowed(await scene.send(ann, 'Tea?'));
      const outcomes = await Promise.all([
        edit(as(ann), message, 'one'),
        remove(as(ann), message),
        edit(as(ann), message, 'two'),
        edit(host, message, 'three'),
      ]);
      expect(outcomes[2]).toMatchObject({ refused: 'MESSAGE_NOT_FOUND' });
      expect(await load(message)).toMatchObject({ text: '', deletedAt: scene.node.clock.ms });
    }
  });
});

describe('what one user asks for in one breath', () => {
  test('is made in its order, of reactions', async () => {
    const { message } = allowed(await scene.send(ann, 'Tea?'));
    const asked = [true, false, true, false].map((isSet) => react(ann, message, '👍', isSet));
    const shown = (await Promise.all(asked)).map((outcome) => allowed(outcome).message.reactions ?? []);
    const set = [{ emoji: '👍', userIds: ['ann'] }];
    expect(shown).toEqual([set, [], set, []]);
    expect((await load(message))?.reactions).toBeUndefined();
  });

  test('is made in its order, of edits', async () => {
    const { message } = allowed(await scene.send(ann, 'Tea?'));
    const asked = ['Coffee?', 'Tea?'].map((text) => edit(as(ann), message, text));
    expect((await Promise.all(asked)).map((outcome) => allowed(outcome).message.text)).toEqual(['Coffee?', 'Tea?']);
    expect(await load(message)).toMatchObject({ text: 'Tea?' });
  });

  test('is made in its order, of an answer and a message behind it', async () => {
    const { message } = allowed(await scene.send(ann, 'Tea?'));
    const asked = [
      edit(as(ann), message, 'Coffee?'),
      scene.send(bob, 'Yes.', { replyToId: message.id }),
      scene.send(bob, 'Please.'),
    ] as const;
    const [, answer, behind] = await Promise.all(asked);
    expect(allowed(behind).message.id).toBeGreaterThan(allowed(answer).message.id);
    expect(allowed(answer).message.replyTo).toMatchObject({ text: 'Coffee?' });
  });

  test('holds up nobody else', async () => {
    const { message } = allowed(await scene.send(ann, 'Tea?'));
    const reactions = Array.from({ length: 20 }, (_, n) => react(ann, message, '👍', n % 2 === 0));
    const behind = allowed(await scene.send(bob, 'Yes.')).message;
    (await Promise.all(reactions)).forEach(allowed);
    const after = scene.node.heard.filter(({ position }) => position > behind.id);
    expect(after.filter(({ event }) => event.type.startsWith('Message')).length).toBeGreaterThan(15);
  });
});

test('an answer that is under way when its message is deleted, or edited, never brings the old words back', async () => {
  for (const revise of [remove, (actor: Actor, message: Message) => edit(actor, message, 'new')]) {
    const { message } = allowed(await scene.send(ann, 'secret'));
    const outcomes = await Promise.all([
      ...Array.from({ length: 5 }, (_, n) => scene.send(ann, `before ${n}`, { replyToId: message.id })),
      revise(as(ann), message),
      ...Array.from({ length: 5 }, (_, n) => scene.send(ann, `after ${n}`, { replyToId: message.id })),
    ]);
    expect(outcomes.length).toBe(11);
    const { value } = await store.readMessages({ conversationId: scene.id, limit: 500, take: 'newest' });
    expect(value.messages.length).toBeGreaterThanOrEqual(5);
    expect(JSON.stringify(value)).not.toContain('secret');
  }
});

test('an answer to a deleted message is refused', async () => {
  const { message } = allowed(await scene.send(ann, 'Tea?'));
  allowed(await remove(as(ann), message));
  expect(await scene.send(ann, 'Yes', { replyToId: message.id })).toMatchObject({ refused: 'MESSAGE_NOT_FOUND' });
});

test('a repeat of a deleted message is answered with what is left of it, and says nothing again', async () => {
  const { message } = allowed(await scene.send(ann, 'Tea?', { clientMessageId: 'c1' }));
  allowed(await remove(as(ann), message));
  const again = allowed(await scene.send(ann, 'Tea?', { clientMessageId: 'c1' }));
  expect(again).toMatchObject({ isRepeat: true, message: { id: message.id, text: '' } });
  expect(await scene.texts()).toEqual([]);
});

describe('reactions', () => {
  test('that come at the same time are all there, each once', async () => {
    const { message } = allowed(await scene.send(ann, 'Tea?'));
    const crowd = Array.from({ length: 30 }, (_, n) => person(`user ${n}`));
    for (const user of crowd) allowed(await scene.join(user));
    const outcomes = await Promise.all(
      crowd.flatMap((user) => [react(user, message, '👍'), react(user, message, '👍')]),
    );
    outcomes.forEach(allowed);
    const { reactions = [] } = (await load(message)) ?? {};
    expect(reactions.map(({ emoji, userIds }) => [emoji, new Set(userIds).size, userIds.length])).toEqual([
      ['👍', 30, 30],
    ]);
    expect(scene.typesHeard().filter((type) => type === 'MessageReacted')).toHaveLength(30);
  });

  test('are for members', async () => {
    const { message } = allowed(await scene.send(ann, 'Tea?'));
    expect(await react(eve, message, '👍')).toMatchObject({ refused: 'NOT_FOUND' });
  });

  test('count as messages', async () => {
    openScene({ messages: 3 });
    const { message } = allowed(await scene.send(bob, 'Tea?'));
    allowed(await react(bob, message, '👍'));
    allowed(await edit(as(bob), message, 'Coffee?'));
    expect(await remove(as(bob), message)).toMatchObject({ refused: 'RATE_LIMITED' });
    // What is refused for another reason costs nothing.
    expect(await edit(as(bob), message, 'x')).toMatchObject({ refused: 'RATE_LIMITED' });
  });
});
