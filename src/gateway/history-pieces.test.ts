import { beforeEach, describe, expect, test, vi } from 'vitest';
import { HistoryScene, ids, messages, never } from '../../test/harness/history-scene.ts';
import type { LoggedEvent } from '../core/events.ts';
import type { Message, Position } from '../core/model.ts';

let scene: HistoryScene;

beforeEach(() => {
  scene = new HistoryScene();
});

describe('history that a join wishes for', () => {
  test('that nobody wants is not read', async () => {
    scene.hear(10);
    let told: readonly Message[] | undefined;
    await scene.history.wished('c', { want: 'none' }, never, (found) => {
      told = found;
    });
    expect([told, scene.history.reads]).toEqual([[], 0]);
  });

  test('after a place is told whole, piece by piece, each when there is room for it', async () => {
    scene = new HistoryScene(10_000);
    scene.hear(3000);
    const told: Position[][] = [];
    let isTaking = false;
    const earlier = async (found: readonly Message[]) => {
      expect(isTaking).toBe(false);
      isTaking = true;
      told.push(ids(found));
      await Promise.resolve();
      isTaking = false;
      return true;
    };
    await scene.history.wished('c', { want: 'after', position: 5 }, earlier, (found) => told.push(ids(found)));
    expect(told.flat()).toEqual(messages(5, 3000));
    expect(told.length).toBe(4);
    expect(scene.history.reads).toBe(4);
  });

  test('of long messages is told in pieces of few of them, and the last piece is cut over', async () => {
    const long = 'x'.repeat(30_000);
    scene = new HistoryScene(10_000, long);
    scene.hear(300);
    const told: Position[][] = [];
    const earlier = async (found: readonly Message[]) => told.push(ids(found)) > 0;
    await scene.history.wished('c', { want: 'after', position: 0 }, earlier, (found) => told.push(ids(found)));
    expect(told.flat()).toEqual(messages(0, 300));
    expect(Math.max(...told.map(({ length }) => length))).toBe(3);
    expect(told.at(-1)).toEqual([]);
  });

  test('of messages that are long enough alone is told one by one', async () => {
    scene = new HistoryScene(10_000, 'x'.repeat(70_000));
    scene.hear(10);
    const told: Position[][] = [];
    const earlier = async (found: readonly Message[]) => told.push(ids(found)) > 0;
    await scene.history.wished('c', { want: 'after', position: 0 }, earlier, (found) => told.push(ids(found)));
    expect(told).toEqual([...messages(0, 10).map((id) => [id]), []]);
  });

  test('tells in a later piece nothing that was deleted while an earlier one was taken', async () => {
    scene = new HistoryScene(10_000, 'x'.repeat(30_000));
    scene.hear(300);
    const told: Position[] = [];
    const earlier = async (found: readonly Message[]) => {
      told.push(...ids(found));
      if (told.length > 3) return true;
      const event = { type: 'MessageDeleted', conversationId: 'c', messageId: 290, senderId: 'ann', actorId: 'ann' };
      scene.sequencer.push([{ position: 301, at: 1, event: event as LoggedEvent }]);
      return true;
    };
    await scene.history.wished('c', { want: 'after', position: 0 }, earlier, (found) => told.push(...ids(found)));
    expect(told).toEqual(messages(0, 300).filter((id) => id !== 290));
  });

  test('ends where nobody wants more of it', async () => {
    scene = new HistoryScene(10_000);
    scene.hear(3000);
    const cutover = vi.fn();
    await scene.history.wished('c', { want: 'after', position: 5 }, async () => false, cutover);
    expect([scene.history.reads, cutover.mock.calls]).toEqual([1, []]);
  });
});
