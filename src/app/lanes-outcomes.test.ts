import { beforeEach, describe, expect, test } from 'vitest';
import { ann } from '../../test/harness/cast.ts';
import {
  added,
  commits,
  decided,
  errors,
  job,
  lanes,
  loadSlowly,
  loads,
  message,
  openLanes,
  turn,
  written,
} from '../../test/harness/lanes-scene.ts';
import { refuse } from '../core/refusals.ts';
import { StoreUnavailable } from './ports.ts';

beforeEach(openLanes);

describe('a lane', () => {
  test('keeps a refusal from being written', async () => {
    const outcome = await lanes.run(job('1', [], { decide: () => refuse('FORBIDDEN') }));
    expect(outcome).toMatchObject({ refused: 'FORBIDDEN' });
    expect(commits).toEqual([]);
  });

  test('commits a session that is to be saved, also where nothing else is', async () => {
    const session = { id: 's', userId: 'ann', namespace: '/', voices: [], joined: [] };
    const answer = lanes.run(job('1', [], { session: () => session }));
    await turn();
    expect(commits.map(({ item }) => item.session)).toEqual([session]);
    written(0);
    expect(await answer).toBe('1');
  });

  test('answers a repeat with what was said before', async () => {
    const answer = lanes.run(job('1', [message('1')], { repeated: ({ repeatOf }) => `again ${repeatOf.text}` }));
    await turn();
    const repeatOf = { id: 3, conversationId: 'c', ordinal: 1, sender: ann, text: 'first', at: 1 };
    commits[0]?.held.resolve({ ok: false, repeatOf, head: 9 });
    expect(await answer).toBe('again first');
  });

  test('refuses what names a message that is not there, without trying again', async () => {
    const answer = lanes.run(job('1', [message('1')]));
    await turn();
    commits[0]?.held.resolve({ ok: false, broken: { is: 'message', conversationId: 'c', messageId: 3 }, head: 9 });
    expect(await answer).toMatchObject({ refused: 'MESSAGE_NOT_FOUND' });
    expect(decided).toEqual(['1']);
  });

  test('refuses until later what the store cannot write now', async () => {
    const answer = lanes.run(job('1', [message('1')]));
    await turn();
    commits[0]?.held.reject(new StoreUnavailable('The disk is full.'));
    expect(await answer).toMatchObject({ refused: 'UNAVAILABLE', retryAfterMs: 1000 });
  });

  test('rejects what may or may not have been written, and looks again', async () => {
    const answer = lanes.run(job('1', [added]));
    const after = lanes.run(job('2', []));
    await turn();
    commits[0]?.held.reject(new Error('The writer ended.'));
    await expect(answer).rejects.toThrow('The writer ended.');
    expect(await after).toBe('2');
    expect(loads.map(({ what }) => what)).toEqual(['c', 'c ann', 'c', 'c ann']);
  });

  test('survives jobs that throw', async () => {
    const fail = () => {
      throw new Error('A bug.');
    };
    const answers = [
      lanes.run(job('1', [], { decide: fail })),
      lanes.run(job('2', [added], { answer: fail })),
      lanes.run(job('3', [])),
    ];
    const settled = Promise.allSettled(answers);
    await turn();
    written(0);
    expect((await settled).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });
});

test('what could not be looked up is told of, unless it is that the store is unavailable', async () => {
  const bug = new Error('no such column');
  const failing = (error: Error) => lanes.run(job('failing', [], { prepare: () => Promise.reject(error) }));
  expect(await failing(new StoreUnavailable('The database is away.'))).toMatchObject({ refused: 'UNAVAILABLE' });
  expect(errors).toEqual([]);
  expect(await failing(bug)).toMatchObject({ refused: 'UNAVAILABLE' });
  loadSlowly();
  const unknown = lanes.run(job('unknown', [], { userIds: ['bob'] }));
  loads.at(-1)?.held.reject(bug);
  expect(await unknown).toMatchObject({ refused: 'UNAVAILABLE' });
  expect(errors).toEqual([bug, bug]);
});
