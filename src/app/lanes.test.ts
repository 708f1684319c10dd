import { beforeEach, describe, expect, test } from 'vitest';
import { ann, bob, member, place } from '../../test/harness/cast.ts';
import {
  added,
  broken,
  came,
  commits,
  decided,
  eve,
  failures,
  Held,
  job,
  lanes,
  loadAtOnce,
  loadSlowly,
  loads,
  message,
  nextPosition,
  openLanes,
  said,
  turn,
  written,
} from '../../test/harness/lanes-scene.ts';
import type { User } from '../core/model.ts';
import { isRefusal } from '../core/refusals.ts';
import { waitingLimit } from './lanes.ts';
import type { Draft } from './ports.ts';

beforeEach(openLanes);

describe('a lane', () => {
  test('decides in the order of the calls, however slow the facts of the first are', async () => {
    loadSlowly();
    const answers = ['1', '2', '3'].map((name) => lanes.run(job(name, [])));
    await turn();
    expect(decided).toEqual([]);
    expect(loads.map(({ what }) => what)).toEqual(['c', 'c ann']);
    for (const { held } of loads) held.resolve();
    expect(await Promise.all(answers)).toEqual(['1', '2', '3']);
    expect(decided).toEqual(['1', '2', '3']);
  });

  test('goes on behind one whose asker fails at its answer, also where that fails as well', async () => {
    const bad = (): never => {
      throw new Error('A bug.');
    };
    lanes.hand(job('add', [added]), { answered: bad, failed: bad });
    const behind = lanes.run(job('behind', []));
    await turn();
    written(0);
    expect(await behind).toBe('behind');
    expect(failures).toMatchObject([{ message: 'A bug.' }]);
  });

  test('loads nothing twice, and only the standing of whoever is new', async () => {
    await lanes.run(job('1', []));
    await lanes.run(job('2', [], { userIds: ['ann', 'bob'] }));
    await lanes.run(job('3', [], { userIds: ['bob'] }));
    expect(loads.map(({ what }) => what)).toEqual(['c', 'c ann', 'c bob']);
  });

  test('lets one who needs no slow facts wait behind one who does', async () => {
    await lanes.run(job('warm', []));
    loadSlowly();
    const slow = lanes.run(job('slow', [], { userIds: ['bob'] }));
    const quick = lanes.run(job('quick', []));
    await turn();
    expect(decided).toEqual(['warm']);
    loads.at(-1)?.held.resolve();
    await Promise.all([slow, quick]);
    expect(decided).toEqual(['warm', 'slow', 'quick']);
  });

  test('does not wait for one message to be on disk before the next one is decided', async () => {
    const answers = ['1', '2', '3'].map((text) => lanes.run(job(text, [message(text)])));
    await turn();
    expect(said()).toEqual(['1', '2', '3']);
    for (const index of [0, 1, 2]) written(index);
    expect(await Promise.all(answers)).toEqual(['1', '2', '3']);
  });

  test('holds back what comes after a decision that changes the facts, until it is on disk', async () => {
    const first = lanes.run(job('add', [added]));
    const second = lanes.run(job('say', [message('x')]));
    await turn();
    expect(decided).toEqual(['add']);
    written(0);
    await first;
    await turn();
    expect(decided).toEqual(['add', 'say']);
    written(1);
    expect(await second).toBe('say');
  });

  test('lets people come without waiting for each other, and lets only what asks for one of them wait', async () => {
    const answers = [
      lanes.run(job('bob comes', [came(bob)], { userIds: ['bob'] })),
      lanes.run(job('eve comes', [came(eve)], { userIds: ['eve'] })),
      lanes.run(job('ann speaks', [message('x')])),
      lanes.run(job('bob speaks', [message('y')], { userIds: ['bob'] })),
      lanes.run(job('ann asks', [])),
    ];
    await turn();
    expect(decided).toEqual(['bob comes', 'eve comes', 'ann speaks', 'ann asks']);
    written(0);
    await answers[0];
    // That bob is there now is what was decided, and no news that anything else would have to be decided on.
    expect(decided).toEqual(['bob comes', 'eve comes', 'ann speaks', 'ann asks', 'bob speaks']);
    for (const index of [1, 2, 3]) written(index);
    expect(await Promise.all(answers)).toEqual(['bob comes', 'eve comes', 'ann speaks', 'bob speaks', 'ann asks']);
  });

  test('lets people go without waiting for each other', async () => {
    const goes = (user: User): Draft => ({ type: 'MemberLeft', conversationId: 'c', user, actorId: user.id });
    const answers = [bob, eve].map((user) => lanes.run(job(user.id, [goes(user)], { userIds: [user.id] })));
    await turn();
    expect(decided).toEqual(['bob', 'eve']);
    for (const index of [0, 1]) written(index);
    expect(await Promise.all(answers)).toEqual(['bob', 'eve']);
  });

  test('decides what stands on how many there are when all who come are there', async () => {
    const answers = [
      lanes.run(job('bob comes', [came(bob)], { userIds: ['bob'] })),
      lanes.run(
        job('to the other one', [message('x')], {
          decide: ({ conversation }) => ({
            drafts: [message(`to ${conversation?.memberCount}`)],
            expects: [{ is: 'conversationAs', conversationId: 'c', memberCount: conversation?.memberCount ?? 0 }],
          }),
        }),
      ),
      lanes.run(job('after', [message('after')])),
    ];
    await turn();
    expect(said()).toEqual([false]);
    const count = place('group').memberCount;
    written(0);
    await turn();
    expect(said()).toEqual([false, `to ${count + 1}`, 'after']);
    for (const index of [1, 2]) written(index);
    expect(await Promise.all(answers)).toEqual(['bob comes', 'to the other one', 'after']);
  });

  test('lets whoever was decided on later wait for a change by others also while people come', async () => {
    const answers = [lanes.run(job('bob comes', [came(bob)], { userIds: ['bob'] }))];
    await turn();
    lanes.apply('c', { position: nextPosition(), at: 1, event: came(eve) as never });
    answers.push(lanes.run(job('ann speaks', [message('x')])));
    await turn();
    expect(decided).toEqual(['bob comes']);
    broken(0);
    await turn();
    expect(decided).toEqual(['bob comes', 'bob comes', 'ann speaks']);
    for (const index of [1, 2]) written(index);
    expect(await Promise.all(answers)).toEqual(['bob comes', 'ann speaks']);
  });

  test.each([
    ['is brought by somebody else', { ...came(bob), actorId: 'ann' } as Draft],
    ['founds it as well', added],
  ])('holds back what comes after whoever %s', async (_what, draft) => {
    const first = lanes.run(job('first', [draft], { userIds: ['bob'] }));
    const second = lanes.run(job('second', []));
    await turn();
    expect(decided).toEqual(['first']);
    written(0);
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
  });

  test('asks at once for the standing of all who wait meanwhile', async () => {
    loadSlowly();
    const answers = ['ann', 'bob', 'eve', 'bob'].map((id) => lanes.run(job(id, [], { userIds: [id] })));
    await turn();
    expect(loads.map(({ what }) => what)).toEqual(['c', 'c ann']);
    for (const { held } of loads.splice(0)) held.resolve();
    await turn();
    expect(loads.map(({ what }) => what).sort()).toEqual(['c bob', 'c eve']);
    for (const { held } of loads) held.resolve();
    expect(await Promise.all(answers)).toEqual(['ann', 'bob', 'eve', 'bob']);
    expect(loads).toHaveLength(2);
  });

  test('decides on many who ask for many, however few it keeps in mind', async () => {
    const [count, each] = [30, 1_000];
    const names = Array.from({ length: count }, (_, n) => `${n}`);
    const usersOf = (name: string) => Array.from({ length: each }, (_, n) => `${name}-${n}`);
    const answers = names.map((name) => lanes.run(job(name, [], { userIds: usersOf(name) })));
    expect(await Promise.all(answers)).toEqual(names);
    expect(loads.length).toBeLessThan(1.2 * count * each);
  });

  test('refuses only the job whose facts could not be loaded', async () => {
    await lanes.run(job('warm', []));
    loadSlowly();
    const failing = lanes.run(job('failing', [], { userIds: ['bob'] }));
    const after = lanes.run(job('after', []));
    await turn();
    loads.at(-1)?.held.reject(new Error('The disk is away.'));
    expect(await failing).toMatchObject({ refused: 'UNAVAILABLE', retryAfterMs: 1000 });
    expect(await after).toBe('after');
    expect(decided).toEqual(['warm', 'after']);
  });

  test('refuses only the job whose preparation failed', async () => {
    const failing = lanes.run(job('failing', [], { prepare: () => Promise.reject(new Error('No.')) }));
    const after = lanes.run(job('after', []));
    expect(await failing).toMatchObject({ refused: 'UNAVAILABLE' });
    expect(await after).toBe('after');
  });

  test('decides right after the preparation, unless the facts got lost meanwhile', async () => {
    const preparing = [new Held<void>(), new Held<void>()];
    let times = 0;
    const first = lanes.run(job('1', [message('1')]));
    const prepared = lanes.run(job('2', [], { prepare: () => preparing[times++]?.promise }));
    await turn();
    expect([decided, times]).toEqual([['1'], 1]);
    broken(0);
    await turn();
    preparing[0]?.resolve();
    await turn();
    // The one that lost comes first again, on facts that were loaded for it.
    expect(decided).toEqual(['1', '1']);
    expect(times).toBe(2);
    preparing[1]?.resolve();
    expect(await prepared).toBe('2');
    written(1);
    expect(await first).toBe('1');
  });

  test('answers whoever handed it over at once, where nothing has to be waited for', async () => {
    await lanes.run(job('warm', []));
    const heard: unknown[] = [];
    const asker = { answered: (answer: unknown) => heard.push(answer), failed: (error: unknown) => heard.push(error) };
    lanes.hand(job('1', []), asker);
    lanes.hand(
      job('2', [], {
        decide: () => {
          throw new Error('No.');
        },
      }),
      asker,
    );
    lanes.hand(job('3', [added]), asker);
    lanes.hand(job('4', []), asker);
    expect(heard).toEqual(['1', new Error('No.')]);
    written(0);
    await turn();
    expect(heard.slice(2)).toEqual(['3', '4']);
  });
});

describe('lanes', () => {
  test('do not wait for each other', async () => {
    loadSlowly();
    const slow = lanes.run(job('slow', []));
    await turn();
    loadAtOnce();
    expect(await lanes.run(job('other', [], { conversationId: 'd' }))).toBe('other');
    for (const { held } of loads) held.resolve();
    expect(await slow).toBe('slow');
  });

  test('forget the longest unused conversation, and none in which something is under way', async () => {
    const touched = (id: string) => lanes.run(job(id, [], { conversationId: id }));
    const busy = lanes.run(job('busy', [message('x')]));
    await turn();
    await touched('d');
    await touched('e');
    loads.length = 0;
    await touched('e');
    await lanes.run(job('still known', []));
    expect(loads).toEqual([]);
    await touched('d');
    expect(loads.map(({ what }) => what)).toEqual(['d', 'd ann']);
    written(0);
    expect(await busy).toBe('busy');
  });

  test('let no more wait than they may, and let in who need not', async () => {
    await lanes.run(job('known', [], { conversationId: 'd' }));
    loadSlowly();
    const waiting = Array.from({ length: waitingLimit }, (_, n) => lanes.run(job(`${n}`, [])));
    expect(await lanes.run(job('one too many', []))).toMatchObject({ refused: 'UNAVAILABLE' });
    expect(await lanes.run(job('elsewhere', [], { conversationId: 'e' }))).toMatchObject({ refused: 'UNAVAILABLE' });
    expect(await lanes.run(job('there', [], { conversationId: 'd' }))).toBe('there');
    loadAtOnce();
    for (const { held } of loads) held.resolve();
    expect(await Promise.all(waiting)).toEqual(waiting.map((_, n) => `${n}`));
    expect(await lanes.run(job('again', [], { conversationId: 'e' }))).toBe('again');
  });

  test('answer questions about facts without writing', async () => {
    const facts = await lanes.facts('c', 'ann');
    if (isRefusal(facts)) throw new Error(facts.message);
    expect(facts.standing).toEqual(member(ann));
    expect(commits).toEqual([]);
  });
});
