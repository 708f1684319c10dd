import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { closeStore, openScene, openStore, scene, store } from '../../test/harness/app-scene.ts';
import { ann, bob, eve } from '../../test/harness/cast.ts';
import { allowed, as, circumstances, host, wireUseCases } from '../../test/harness/use-cases.ts';
import type { Position } from '../core/model.ts';
import { StoreUnavailable } from './ports.ts';

beforeAll(openStore);
afterAll(closeStore);
beforeEach(() => openScene());

describe('sending', () => {
  test('200 messages without waiting keeps their order', async () => {
    const wanted = Array.from({ length: 200 }, (_, i) => `${i}`);
    const outcomes = await Promise.all(wanted.map((text) => scene.send(ann, text)));
    const messages = outcomes.map((outcome) => allowed(outcome).message);
    expect(await scene.texts()).toEqual(wanted);
    expect(messages.map(({ ordinal }) => ordinal)).toEqual(wanted.map((_, i) => i + 1));
    expect(messages.map((message) => message.id)).toEqual(
      [...messages.map((message) => message.id)].sort((a, b) => a - b),
    );
  });

  test('keeps the order also where some of them need something loaded', async () => {
    const { message: first } = allowed(await scene.send(ann, 'first'));
    const wanted = Array.from({ length: 30 }, (_, i) => `${i}`);
    await Promise.all(wanted.map((text, i) => scene.send(ann, text, i % 3 === 0 ? { replyToId: first.id } : {})));
    expect(await scene.texts()).toEqual(['first', ...wanted]);
  });

  test('right after joining, without waiting, is heard after the join', async () => {
    const [joined, sent] = await Promise.all([scene.join(ann), scene.send(ann, 'Hi')]);
    allowed(joined);
    allowed(sent);
    expect(scene.typesHeard()).toEqual(['ConversationCreated', 'MemberAdded', 'MemberJoined', 'MessageSent']);
  });

  test('is not refused for a receiver who has blocked the sender, when somebody else came in before they could be brought in', async () => {
    allowed(await scene.send(ann, 'alone'));
    const blocked = { type: 'SetBlock', userId: ann.id, isBlocked: true } as const;
    allowed(await scene.node.execute<'SetBlock'>(blocked, as(bob), circumstances));
    scene.node = wireUseCases(store);
    const joining = scene.join(eve);
    const { loadBlocks } = store;
    const slow = vi.spyOn(store, 'loadBlocks').mockImplementation(async (ids) => {
      await joining;
      return loadBlocks.call(store, ids);
    });
    const sent = await scene.send(ann, 'Hi', { opening: { kind: 'direct', toUserId: bob.id } });
    slow.mockRestore();
    expect(allowed(sent).message.text).toBe('Hi');
  });

  test('is answered with the message as everybody hears it, after they could', async () => {
    const { message, isRepeat } = allowed(await scene.send(ann, 'Hi', { metadata: { a: '\u0000' } }));
    expect(isRepeat).toBe(false);
    const { event } = scene.node.heard.at(-1) ?? {};
    expect(event).toMatchObject({ type: 'MessageSent', actorId: 'ann', message });
    expect(await store.loadMessage(scene.id, message.id)).toEqual(message);
  });

  test('tells whoever asked of the commit before anybody hears of it', async () => {
    let heardBefore: number | undefined;
    const first = await new Promise<Position>((resolve, reject) => {
      const onCommit = (position: Position) => {
        heardBefore = scene.node.heard.length;
        resolve(position);
      };
      const command = { type: 'SendMessage', conversationId: scene.id, text: 'Hi', opening: { kind: 'open' } } as const;
      scene.node.execute<'SendMessage'>(command, as(ann), { ...circumstances, onCommit }).catch(reject);
    });
    expect(heardBefore).toBe(0);
    expect(scene.node.heard[0]?.position).toBe(first);
  });

  test('a file brings its address, for its uploader alone', async () => {
    const file = { id: `file-${scene.id}`, uploadedBy: 'ann', name: 'a b.png', type: 'image/png', sizeBytes: 3, at: 1 };
    await store.saveFile(file);
    const { message } = allowed(await scene.send(ann, '', { fileId: file.id }));
    expect(message.attachment).toMatchObject({ url: `https://example.org/files/${file.id}/a%20b.png`, sizeBytes: 3 });
    expect(await scene.send(eve, '', { fileId: file.id })).toMatchObject({ refused: 'FILE_NOT_FOUND' });
  });

  test('an answer to a message of another conversation is refused', async () => {
    const { message } = allowed(await scene.send(ann, 'here'));
    scene.id = `${scene.id}-other`;
    allowed(await scene.send(ann, 'there'));
    expect(await scene.send(ann, 'answer', { replyToId: message.id })).toMatchObject({ refused: 'MESSAGE_NOT_FOUND' });
    expect(await scene.texts()).toEqual(['there']);
  });

  test('needs a user', async () => {
    const command = { type: 'SendMessage', conversationId: scene.id, text: 'Hi' } as const;
    expect(await scene.node.execute(command, host, circumstances)).toMatchObject({ refused: 'FORBIDDEN' });
  });
});

describe('a repeated send', () => {
  const again = { clientMessageId: 'once' };

  test('at the same time, many times, is said once and answered each time', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => scene.send(ann, 'Hi', again)));
    const answers = outcomes.map((outcome) => allowed(outcome));
    expect(new Set(answers.map(({ message }) => message.id)).size).toBe(1);
    expect(answers.filter(({ isRepeat }) => !isRepeat)).toHaveLength(1);
    expect(await scene.texts()).toEqual(['Hi']);
    expect(scene.typesHeard().filter((type) => type === 'MessageSent')).toHaveLength(1);
  });

  test('over another node, and after a restart of this one, is answered with the first', async () => {
    const { message } = allowed(await scene.send(ann, 'Hi', again));
    scene.node = wireUseCases(store);
    expect(allowed(await scene.send(ann, 'changed', again))).toEqual({ message, isRepeat: true });
    expect(scene.node.heard).toEqual([]);
  });

  test('is one only for the same user in the same conversation', async () => {
    await Promise.all([scene.send(ann, 'a', again), scene.send(bob, 'b', again)]);
    expect(await scene.texts()).toEqual(['a', 'b']);
    scene.id = `${scene.id}-other`;
    expect(allowed(await scene.send(ann, 'c', again)).isRepeat).toBe(false);
  });

  test('is answered also after its sender was removed', async () => {
    allowed(await scene.send(bob, 'first'));
    const { message } = allowed(await scene.send(ann, 'Hi', again));
    allowed(await scene.remove(host, 'ann'));
    expect(allowed(await scene.send(ann, 'Hi', again))).toEqual({ message, isRepeat: true });
    expect(await scene.send(ann, 'new')).toMatchObject({ refused: 'NOT_FOUND' });
    expect(await scene.send(ann, 'new', { clientMessageId: 'another' })).toMatchObject({ refused: 'NOT_FOUND' });
  });

  test('is not looked for where it is refused for a moment only', async () => {
    vi.spyOn(store, 'append').mockRejectedValue(new StoreUnavailable('The disk is full.'));
    const find = vi.spyOn(store, 'findByClientMessageId');
    expect(await scene.send(ann, 'Hi', again)).toMatchObject({ refused: 'UNAVAILABLE' });
    expect(find).not.toHaveBeenCalled();
  });

  test('is answered also after the chat was closed', async () => {
    const opening = { kind: 'support' } as const;
    const { message } = allowed(await scene.send(ann, 'Hi', { ...again, opening }));
    allowed(await scene.change(as(ann), { status: 'CLOSED' }));
    expect(allowed(await scene.send(ann, 'Hi', { ...again, opening }))).toEqual({ message, isRepeat: true });
    expect(await scene.send(ann, 'new', { opening })).toMatchObject({ refused: 'CONVERSATION_CLOSED' });
  });
});

describe('limits', () => {
  beforeEach(() => {
    openScene({ messages: 2, conversations: 2 });
  });

  test('count accepted messages only', async () => {
    allowed(await scene.send(ann, '1'));
    for (let i = 0; i < 5; i++)
      expect(await scene.send(ann, 'x', { replyToId: 1_000_000 })).toMatchObject({ refused: 'MESSAGE_NOT_FOUND' });
    for (let i = 0; i < 5; i++) expect(await scene.send(ann, ' ')).toMatchObject({ refused: 'MISSING_CONTENT' });
    allowed(await scene.send(ann, '2'));
    expect(await scene.send(ann, '3')).toMatchObject({ refused: 'RATE_LIMITED', retryAfterMs: 1000 });
    scene.node.clock.ms += 1000;
    allowed(await scene.send(ann, '3'));
  });

  test('count a conversation that comes into being as a message, and conversations by themselves', async () => {
    const fresh = () => {
      scene.id = `${scene.id}+`;
    };
    allowed(await scene.join(ann));
    fresh();
    allowed(await scene.create(as(ann)));
    fresh();
    expect(await scene.join(ann)).toMatchObject({ refused: 'RATE_LIMITED' });
    expect(await scene.create(as(ann))).toMatchObject({ refused: 'RATE_LIMITED' });
    expect(await scene.send(ann, 'x')).toMatchObject({ refused: 'RATE_LIMITED' });
    allowed(await scene.create(host));
  });

  test('do not count as created what exists already, or what is refused', async () => {
    for (let i = 0; i < 5; i++)
      expect(await scene.create(as(ann), { kind: 'direct' })).toMatchObject({ refused: 'INVALID' });
    for (let i = 0; i < 5; i++)
      expect(await scene.send(ann, 'x', { replyToId: 5 })).toMatchObject({ refused: 'MESSAGE_NOT_FOUND' });
    expect(allowed(await scene.create(as(ann))).isNew).toBe(true);
    for (let i = 0; i < 5; i++) expect(allowed(await scene.create(as(ann))).isNew).toBe(false);
    allowed(await scene.send(ann, 'still allowed'));
  });

  test('leave messages to whoever may not make more conversations', async () => {
    openScene({ messages: 2, conversations: 1 });
    allowed(await scene.join(ann));
    const first = scene.id;
    scene.id = `${first}+`;
    expect(await scene.join(ann)).toMatchObject({ refused: 'RATE_LIMITED' });
    expect(await scene.create(as(ann))).toMatchObject({ refused: 'RATE_LIMITED' });
    scene.id = first;
    allowed(await scene.send(ann, 'x'));
  });
});
