import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { person } from '../../test/harness/cast.ts';
import {
  added,
  broken,
  came,
  commits,
  job,
  lanes,
  message,
  openLanes,
  said,
  turn,
  written,
} from '../../test/harness/lanes-scene.ts';
import type { Precondition } from '../core/decisions.ts';
import type { Job } from './job.ts';
import { passedLimit } from './line.ts';

beforeEach(openLanes);

const unedited: Precondition = { is: 'messageAs', conversationId: 'c', messageId: 1, editedAt: null };
const by = (userId: string, text: string, more: Partial<Job<string>> = {}) =>
  lanes.run(job(text, [message(text)], { userIds: [userId], ...more }));
/** What stands on a message that others may change: what its user asks next waits for it. */
const revising = (userId: string, text: string, more: Partial<Job<string>> = {}) =>
  by(userId, text, { decide: () => ({ drafts: [message(text)], expects: [unedited] }), ...more });

/** All that was not yet heard of is written, also what is decided because of that, until there is nothing left. */
async function allWritten(): Promise<void> {
  for (let index = 0; index < commits.length; index++) {
    written(index);
    await turn();
  }
}

describe('whoever is held back by what they have asked themselves', () => {
  test('lets others past, and keeps the order of what they ask', async () => {
    const answers = [revising('ann', 'ann 1'), by('ann', 'ann 2'), by('bob', 'bob 1'), by('ann', 'ann 3')];
    answers.push(revising('bob', 'bob 2'), by('bob', 'bob 3'), by('eve', 'eve 1'));
    await turn();
    expect(said()).toEqual(['ann 1', 'bob 1', 'bob 2', 'eve 1']);
    written(0);
    await turn();
    expect(said().slice(4)).toEqual(['ann 2', 'ann 3']);
    written(2);
    await turn();
    expect(said().slice(6)).toEqual(['bob 3']);
    for (const index of [1, 3, 4, 5, 6]) written(index);
    expect(await Promise.all(answers)).toHaveLength(7);
  });

  test('lets others past also where they are held back by their own coming', async () => {
    const answers = [lanes.run(job('bob comes', [came(person('bob'))], { userIds: ['bob'] }))];
    answers.push(by('bob', 'bob speaks'), by('ann', 'ann speaks'));
    await turn();
    expect(said()).toEqual([false, 'ann speaks']);
    await allWritten();
    expect(said()).toEqual([false, 'ann speaks', 'bob speaks']);
    expect(await Promise.all(answers)).toHaveLength(3);
  });

  test('holds up neither whom they name nor who names them', async () => {
    const answers = [
      revising('ann', 'ann 1', { userIds: ['ann', 'bob'] }),
      by('ann', 'ann 2', { userIds: ['ann', 'bob'] }),
    ];
    answers.push(by('bob', 'bob 1', { userIds: ['bob', 'ann'] }), by('bob', 'bob 2'));
    await turn();
    expect(said()).toEqual(['ann 1', 'bob 1', 'bob 2']);
    await allWritten();
    expect(await Promise.all(answers)).toHaveLength(4);
  });

  test('keeps the order of what they ask also where they wait for somebody else', async () => {
    const answers = [lanes.run(job('bob comes', [came(person('bob'))], { userIds: ['bob'] }))];
    answers.push(by('ann', 'to bob', { userIds: ['ann', 'bob'] }), by('ann', 'ann 2'));
    await turn();
    expect(said()).toEqual([false]);
    await allWritten();
    expect(said()).toEqual([false, 'to bob', 'ann 2']);
    expect(await Promise.all(answers)).toHaveLength(3);
  });

  test('is passed by nobody with what is about the whole conversation, and passes nobody with it', async () => {
    const answers = [revising('ann', 'ann 1'), by('ann', 'ann 2'), by('bob', 'for all', { isForAll: true })];
    answers.push(by('eve', 'eve 1'));
    await turn();
    expect(said()).toEqual(['ann 1']);
    written(0);
    await turn();
    expect(said()).toEqual(['ann 1', 'ann 2', 'for all', 'eve 1']);
    answers.push(revising('ann', 'ann 3'), by('ann', 'for all too', { isForAll: true }), by('eve', 'eve 2'));
    await turn();
    expect(said().slice(4)).toEqual(['ann 3']);
    await allWritten();
    expect(said().slice(4)).toEqual(['ann 3', 'for all too', 'eve 2']);
    expect(await Promise.all(answers)).toHaveLength(7);
  });

  test('holds back what is about them and others, whoever asks it', async () => {
    const answers = [revising('ann', 'ann 1'), by('bob', 'about ann', { userIds: ['bob', 'ann'], isForAll: true })];
    await turn();
    expect(said()).toEqual(['ann 1']);
    await allWritten();
    expect(await Promise.all(answers)).toEqual(['ann 1', 'about ann']);
  });

  test('is decided again before what came later, also before what had passed', async () => {
    const answers = [by('eve', 'eve 1'), revising('ann', 'ann 1'), by('ann', 'ann 2'), by('bob', 'bob 1')];
    await turn();
    expect(said()).toEqual(['eve 1', 'ann 1', 'bob 1']);
    broken(0);
    commits[1]?.held.resolve({ ok: false, stale: true });
    commits[2]?.held.resolve({ ok: false, stale: true });
    await turn();
    expect(said().slice(3)).toEqual(['eve 1', 'ann 1', 'bob 1']);
    for (const index of [3, 4, 5]) written(index);
    await turn();
    expect(said().slice(6)).toEqual(['ann 2']);
    written(6);
    expect(await Promise.all(answers)).toEqual(['eve 1', 'ann 1', 'ann 2', 'bob 1']);
  });

  test('is looked past where not too much is held back', async () => {
    const answers = [revising('ann', 'ann 1')];
    for (let n = 0; n < passedLimit; n++) answers.push(by('ann', `more ${n}`));
    answers.push(by('bob', 'bob 1'), by('ann', 'one too many'), by('bob', 'bob 2'));
    await turn();
    expect(said()).toEqual(['ann 1', 'bob 1']);
    await allWritten();
    expect(await Promise.all(answers)).toHaveLength(passedLimit + 4);
  });
});

describe('whatever is asked, and whatever is refused', () => {
  type Asked = {
    /** Who asks, and whom they may name. */
    readonly userIds: readonly string[];
    readonly kind: 'says' | 'revises' | 'comes' | 'counts' | 'forAll';
  };
  type Fate = 'written' | 'beaten' | 'failed';
  const users = ['ann', 'bob', 'eve'];
  const asked: fc.Arbitrary<Asked> = fc.record({
    userIds: fc.shuffledSubarray(users, { minLength: 1, maxLength: 2 }),
    kind: fc.constantFrom('says', 'says', 'revises', 'revises', 'comes', 'counts', 'forAll'),
  });
  const fate: fc.Arbitrary<Fate> = fc.constantFrom('written', 'written', 'written', 'beaten', 'failed');

  const textOf = (index: number) =>
    commits[index]?.item.drafts.map((draft) => (draft.type === 'MessageSent' ? draft.message.text : ''))[0] ?? '';

  /** Asks, and lets the store answer in the order of the log, as it would where others were faster. */
  class Play {
    readonly asked: (Asked & { readonly name: string })[] = [];
    readonly answers: Promise<unknown>[] = [];
    readonly log: string[] = [];
    /** Decided again because of a message alone, so that what others asked later may be there before. */
    readonly cameBack = new Set<string>();
    #next = 0;
    #staleFacts = 0;

    ask({ userIds, kind }: Asked): void {
      const name = `${this.asked.length}`;
      this.asked.push({ userIds, kind, name });
      const [asker = ''] = userIds;
      const changes = kind === 'comes' ? [came(person(asker))] : kind === 'forAll' ? [added] : [];
      const size: Precondition = { is: 'conversationAs', conversationId: 'c', memberCount: 1 };
      const expects = kind === 'revises' ? [unedited] : kind === 'counts' ? [size] : [];
      const answer = by(asker, name, {
        userIds,
        decide: () => ({ drafts: [message(name), ...changes], expects }),
        ...(kind === 'forAll' ? { isForAll: true } : {}),
        ...(kind === 'revises' ? { prepare: () => Promise.resolve() } : {}),
      });
      this.answers.push(answer.catch(() => 'failed'));
    }

    /** False where nothing waits for the store. */
    settle(fate: Fate): boolean {
      const { item, held } = commits[this.#next] ?? {};
      if (!item || !held) return false;
      const index = this.#next++;
      const facts = item.decidedIn?.facts ?? 0;
      if (facts <= this.#staleFacts) held.resolve({ ok: false, stale: true });
      else if (fate === 'failed') held.reject(new Error('The writer ended.'));
      else if (fate === 'written') {
        this.log.push(textOf(index));
        written(index);
      } else if (item.expects.includes(unedited)) {
        this.cameBack.add(textOf(index));
        broken(index, unedited);
      } else {
        this.#staleFacts = facts;
        broken(index);
      }
      return true;
    }

    /** Pairs that are in the log the other way round than they were asked, and must not be. */
    get overtaken(): readonly string[] {
      const placeOf = new Map(this.log.map((name, place) => [name, place]));
      const there = this.asked.filter(({ name }) => placeOf.has(name));
      return there.flatMap((one, index) =>
        there.slice(index + 1).flatMap((later) => {
          const isOwn = one.userIds[0] === later.userIds[0];
          const isOfAll = one.kind === 'forAll' || later.kind === 'forAll';
          const mayBe = !isOwn && (!isOfAll || this.cameBack.has(one.name));
          const isOvertaken = (placeOf.get(one.name) ?? 0) > (placeOf.get(later.name) ?? 0);
          return isOvertaken && !mayBe ? [`${one.name} by ${later.name}`] : [];
        }),
      );
    }
  }

  test('each user’s is in their order, what is for all is where it was asked, and all is answered', async () => {
    const step = fc.oneof({ weight: 3, arbitrary: asked }, { weight: 2, arbitrary: fate });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        openLanes();
        const play = new Play();
        for (const next of steps) {
          if (typeof next === 'object') play.ask(next);
          else {
            await turn();
            play.settle(next);
          }
        }
        do await turn();
        while (play.settle('written'));
        await Promise.all(play.answers);
        expect(play.overtaken).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
