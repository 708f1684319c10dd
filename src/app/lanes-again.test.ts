import { beforeEach, describe, expect, test } from 'vitest';
import {
  added,
  broken,
  commits,
  decided,
  hearNothing,
  job,
  lanes,
  loadSlowly,
  loads,
  message,
  nextPosition,
  openLanes,
  said,
  turn,
  written,
} from '../../test/harness/lanes-scene.ts';
import type { Precondition } from '../core/decisions.ts';

beforeEach(openLanes);

describe('what has to be decided again', () => {
  test('decides what lost against others again, in order and before whoever came later', async () => {
    const answers = ['1', '2'].map((text) => lanes.run(job(text, [message(text)])));
    await turn();
    loadSlowly();
    broken(0);
    broken(1);
    await turn();
    answers.push(lanes.run(job('3', [message('3')])));
    await turn();
    expect(decided).toEqual(['1', '2']);
    for (const { held } of loads) held.resolve();
    await turn();
    expect(decided).toEqual(['1', '2', '1', '2', '3']);
    for (const index of [2, 3, 4]) written(index);
    expect(await Promise.all(answers)).toEqual(['1', '2', '3']);
  });

  test('lets nothing overtake what has to be decided again because another node has changed the facts', async () => {
    const answers = [lanes.run(job('1', [message('1')]))];
    await turn();
    const since = nextPosition();
    lanes.apply('c', { position: since, at: 1, event: { ...added, since, actorId: 'ann' } as never });
    answers.push(lanes.run(job('2', [message('2')])));
    await turn();
    expect(said()).toEqual(['1']);
    broken(0);
    await turn();
    expect(said()).toEqual(['1', '1', '2']);
    for (const index of [1, 2]) written(index);
    expect(await Promise.all(answers)).toEqual(['1', '2']);
  });

  test('decides nothing new before all that stood on the same have come back', async () => {
    const answers = ['1', '2'].map((text) => lanes.run(job(text, [message(text)])));
    await turn();
    broken(0);
    await turn();
    answers.push(lanes.run(job('3', [message('3')])));
    await turn();
    expect(said()).toEqual(['1', '2']);
    broken(1);
    await turn();
    expect(said()).toEqual(['1', '2', '1', '2', '3']);
    for (const index of [2, 3, 4]) written(index);
    expect(await Promise.all(answers)).toEqual(['1', '2', '3']);
  });

  test('decides what was stale again after what was broken, on facts with a higher number', async () => {
    const answers = ['1', '2'].map((text) => lanes.run(job(text, [message(text)])));
    await turn();
    broken(0);
    commits[1]?.held.resolve({ ok: false, stale: true });
    await turn();
    expect(said()).toEqual(['1', '2', '1', '2']);
    const facts = commits.map(({ item }) => item.decidedIn?.facts ?? 0);
    expect(facts[0]).toBe(facts[1]);
    expect(facts[2]).toBeGreaterThan(facts[0] ?? 0);
    for (const index of [2, 3]) written(index);
    expect(await Promise.all(answers)).toEqual(['1', '2']);
  });

  test('decides nothing on facts that are newer than those of decisions on their way', async () => {
    const answers = ['1', '2'].map((text) => lanes.run(job(text, [message(text)])));
    await turn();
    commits[0]?.held.reject(new Error('The writer ended.'));
    await expect(answers[0]).rejects.toThrow('The writer ended.');
    answers.push(lanes.run(job('3', [message('3')])));
    await turn();
    expect(said()).toEqual(['1', '2']);
    broken(1);
    await turn();
    expect(said()).toEqual(['1', '2', '2', '3']);
    for (const index of [2, 3]) written(index);
    expect(await Promise.all(answers.slice(1))).toEqual(['2', '3']);
  });

  describe('because somebody changed the message that it stood on', () => {
    const unedited: Precondition = { is: 'messageAs', conversationId: 'c', messageId: 1, editedAt: null };
    const answering = () =>
      job('an answer', [], { decide: () => ({ drafts: [message('an answer')], expects: [unedited] }) });

    test('is overtaken by nothing that its user asks next', async () => {
      const others = lanes.run(job('others', [message('others')], { userIds: ['bob'] }));
      const answers = [lanes.run(answering()), lanes.run(job('2', [message('2')]))];
      await turn();
      expect(said()).toEqual(['others', 'an answer']);
      broken(1, unedited);
      written(0);
      await turn();
      expect(said()).toEqual(['others', 'an answer', 'an answer']);
      written(2);
      await turn();
      written(3);
      expect(said().slice(3)).toEqual(['2']);
      expect(await Promise.all([others, ...answers])).toEqual(['others', 'an answer', '2']);
    });

    test('holds up nobody else, and loads no facts anew', async () => {
      const others = [lanes.run(job('others', [message('others')], { userIds: ['bob'] }))];
      const answer = lanes.run(answering());
      await turn();
      const before = loads.length;
      broken(1, unedited);
      await turn();
      others.push(lanes.run(job('more', [message('more')], { userIds: ['bob'] })));
      await turn();
      expect(said()).toEqual(['others', 'an answer', 'an answer', 'more']);
      for (const index of [0, 2, 3]) written(index);
      expect(await Promise.all([answer, ...others])).toEqual(['an answer', 'others', 'more']);
      expect(loads.length).toBe(before);
    });
  });

  test.each([
    ['keeps its facts where a message that it wrote has not come round yet', message('1'), []],
    ['loads its facts again where a change that it wrote has not come round yet', added, ['c', 'c ann']],
  ] as const)('%s', async (_words, draft, loaded) => {
    hearNothing();
    const first = lanes.run(job('1', [draft]));
    await turn();
    loads.length = 0;
    written(0);
    await first;
    const second = lanes.run(job('2', [message('2')]));
    await turn();
    expect(loads.map(({ what }) => what)).toEqual(loaded);
    written(1);
    expect(await second).toBe('2');
  });

  test('loads everything anew before it decides again', async () => {
    const answer = lanes.run(job('1', [message('1')]));
    await turn();
    broken(0);
    await turn();
    expect(loads.map(({ what }) => what)).toEqual(['c', 'c ann', 'c', 'c ann']);
    written(1);
    expect(await answer).toBe('1');
  });

  test('gives up on what loses again and again, and goes on', async () => {
    const answer = lanes.run(job('1', [message('1')]));
    for (let index = 0; index < 20; index++) {
      await turn();
      broken(index);
    }
    expect(await answer).toMatchObject({ refused: 'UNAVAILABLE', retryAfterMs: 1000 });
    expect(decided).toHaveLength(20);
    expect(await lanes.run(job('2', []))).toBe('2');
  });
});
