import { beforeEach, describe, expect, test } from 'vitest';
import type { Entry } from '../core/events.ts';
import { backlogLimit, Commit, crowdedBacklog, passedTogether, roomyBacklog } from './commit.ts';
import { type AppendItem, type AppendOutcome, StoreUnavailable } from './ports.ts';

const item = (at: number): AppendItem => ({ at, expects: [], drafts: [] });
const entry = (position: number): Entry => ({
  position,
  at: 1,
  event: { type: 'UserRevoked', userId: 'ann', revokedAtSeconds: 1 },
});
const ok = (...positions: number[]): AppendOutcome => ({ ok: true, entries: positions.map(entry) });

let story: string[];
let appended: readonly AppendItem[][];
let answer: (item: AppendItem) => Promise<AppendOutcome>;
let commit: Commit;
/** Whoever hears of it fails. */
const badPosition = 666;

beforeEach(() => {
  story = [];
  appended = [];
  answer = async () => ok(1);
  commit = new Commit(
    {
      append: async (items) => {
        appended = [...appended, [...items]];
        return Promise.all(items.map(answer));
      },
    },
    {
      announce(entries) {
        story.push(`announced ${entries.map(({ position }) => position)}`);
        if (entries.some(({ position }) => position === badPosition)) throw new Error('not announced');
      },
    },
    (error) => void story.push(`error: ${(error as Error).message}`),
  );
});

describe('a commit', () => {
  test('is told to whoever asked, then announced, then answered', async () => {
    answer = async () => ok(7, 8);
    const outcome = await commit.append(item(1), (first) => void story.push(`committed ${first}`));
    story.push('answered');
    expect(outcome).toMatchObject({ ok: true });
    expect(story).toEqual(['committed 7', 'announced 7,8', 'answered']);
  });

  test('is handed to the store in the order of the calls, and announced in the order of the log', async () => {
    answer = async ({ at }) => ok(at);
    await Promise.all([1, 2, 3].map((at) => commit.append(item(at))));
    expect(appended.map((items) => items.map(({ at }) => at))).toEqual([[1, 2, 3]]);
    expect(story).toEqual(['announced 1,2,3']);
  });

  test('knows how long the store has been silent, and only while it owes an answer', async () => {
    const { promise, resolve } = Promise.withResolvers<AppendOutcome>();
    answer = () => promise;
    expect(commit.silentMs).toBe(0);
    const askedAtMs = performance.now();
    const asked = commit.append(item(1));
    await new Promise((later) => setTimeout(later, 20));
    expect(commit.silentMs).toBeGreaterThan(10);
    expect(commit.silentMs).toBeLessThanOrEqual(performance.now() - askedAtMs);
    resolve(ok(1));
    await asked;
    expect(commit.silentMs).toBe(0);
  });

  test('of thousands that are said in one turn is not kept for the last of them, and all keep their order', async () => {
    answer = async ({ at }) => ok(at);
    const all = Array.from({ length: 2 * passedTogether + 3 }, (_, at) => commit.append(item(at)));
    expect(appended.map((items) => items.length)).toEqual([passedTogether, passedTogether]);
    await Promise.all(all);
    expect(appended.map((items) => items.length)).toEqual([passedTogether, passedTogether, 3]);
    expect(appended.flat().map(({ at }) => at)).toEqual(all.map((_, at) => at));
  });

  test('is handed over once, however many turns come after a full call', async () => {
    await Promise.all(Array.from({ length: passedTogether }, (_, at) => commit.append(item(at))));
    await new Promise((resolve) => setImmediate(resolve));
    expect(appended.map((items) => items.length)).toEqual([passedTogether]);
  });

  test.each([
    ['wrote nothing new', ok()],
    ['was turned down', { ok: false, broken: { is: 'conversationAbsent', conversationId: 'c' }, head: 1 } as const],
  ])('that %s is announced to nobody', async (_what, outcome) => {
    answer = async () => outcome;
    expect(await commit.append(item(1), () => void story.push('committed'))).toBe(outcome);
    expect(story).toEqual([]);
  });

  test('that is one too many is refused without asking the store, and there is room again when the others are answered', async () => {
    const many = Array.from({ length: backlogLimit }, (_, at) => commit.append(item(at)));
    expect(await commit.append(item(-1), () => void story.push('committed'))).toBeInstanceOf(StoreUnavailable);
    expect(story).not.toContain('committed');
    for (const outcome of await Promise.all(many)) expect(outcome).toMatchObject({ ok: true });
    expect(await commit.append(item(-2))).toMatchObject({ ok: true });
    expect(appended.flat().map(({ at }) => at)).not.toContain(-1);
    expect(commit.isFailing).toBe(false);
  });

  test.each([passedTogether - 2, passedTogether - 1, passedTogether])(
    'keeps in one call what belongs together, also behind %i others',
    async (others) => {
      const all = Array.from({ length: others }, () => commit.append(item(0)));
      all.push(commit.appendWithNext(item(1)), commit.appendWithNext(item(2)), commit.append(item(3)));
      expect(appended.length).toBe(1);
      await Promise.all(all);
      const callOf = (one: number) => appended.findIndex((items) => items.some(({ at }) => at === one));
      expect([1, 2, 3].map(callOf)).toEqual([callOf(1), callOf(1), callOf(1)]);
      expect(appended.flat().map(({ at }) => at)).toEqual([...Array.from({ length: others }, () => 0), 1, 2, 3]);
    },
  );

  test.each([backlogLimit - 1, backlogLimit])(
    'takes all of what belongs together or nothing, also behind %i others',
    async (others) => {
      const all = Array.from({ length: others }, () => commit.append(item(0)));
      const together = [commit.appendWithNext(item(1)), commit.append(item(2))];
      const isRefused = (outcome: unknown) => outcome instanceof StoreUnavailable;
      const refused = others === backlogLimit;
      expect((await Promise.all(together)).map(isRefused)).toEqual([refused, refused]);
      expect((await Promise.all(all)).some(isRefused)).toBe(false);
    },
  );

  test('is told about when so many wait that senders have to be held back, and when they need not', async () => {
    const told: string[] = [];
    const tell = (what: string) => () => void told.push(`${what} with ${commit.backlog}`);
    commit.pressure = { crowded: tell('crowded'), roomy: tell('roomy') };
    for (let at = 1; at < crowdedBacklog; at++) void commit.append(item(at));
    expect(told).toEqual([]);
    const last = [commit.append(item(-1)), commit.append(item(-2))];
    expect(told).toEqual([`crowded with ${crowdedBacklog}`]);
    await Promise.all(last);
    await commit.drained();
    // They were handed over in several calls, and what the last one brings is little.
    const left = (crowdedBacklog + 1) % passedTogether;
    expect(told).toEqual([`crowded with ${crowdedBacklog}`, `roomy with ${left}`]);
    expect(left).toBeLessThanOrEqual(roomyBacklog);
    expect(roomyBacklog).toBeLessThan(crowdedBacklog);
  });

  test('that the store cannot write now is answered so, and the next one is tried', async () => {
    answer = () => Promise.reject(new StoreUnavailable('The disk is full.'));
    expect(await commit.append(item(1))).toBeInstanceOf(StoreUnavailable);
    expect(commit.isFailing).toBe(true);
    answer = async () => ok(1);
    expect(await commit.append(item(2))).toMatchObject({ ok: true });
    expect(commit.isFailing).toBe(false);
  });

  test('that cannot be written for a reason of its own is answered so, and those beside it as they are', async () => {
    answer = async ({ at }) => (at === 2 ? { ok: false, failed: 'No such column.' } : ok(at));
    const outcomes = await Promise.all([1, 2, 3].map((at) => commit.append(item(at))));
    expect(outcomes.map((outcome) => 'failed' in outcome)).toEqual([false, true, false]);
    expect(story).toEqual(['announced 1,3']);
  });

  test('of which nobody knows whether it was written rejects', async () => {
    answer = () => Promise.reject(new Error('The writer ended.'));
    await expect(commit.append(item(1))).rejects.toThrow('The writer ended.');
    expect(story).toEqual([]);
  });

  test('counts as under way until it is answered, and a drain waits for it', async () => {
    let write: (outcome: AppendOutcome) => void = () => undefined;
    answer = () => new Promise((resolve) => (write = resolve));
    expect(commit.backlog).toBe(0);
    await commit.drained();
    const pending = commit.append(item(1)).then(() => story.push('answered'));
    expect(commit.backlog).toBe(1);
    const drained = commit.drained().then(() => story.push('drained'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(story).toEqual([]);
    write(ok(1));
    await Promise.all([pending, drained]);
    expect(story).toContain('drained');
    expect(commit.backlog).toBe(0);
  });

  test('is waited for by a drain as all that was handed over before it, and what comes later is not', async () => {
    const writes: (() => void)[] = [];
    answer = ({ at }) => new Promise((resolve) => (writes[at] = () => resolve(ok(at))));
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (const at of [1, 2, 3]) {
      void commit.append(item(at));
      void commit.drained().then(() => story.push(`drained ${at}`));
      await turn();
    }
    for (const at of [1, 2]) {
      writes[at]?.();
      await turn();
    }
    expect(story).toEqual(['announced 1', 'drained 1', 'announced 2', 'drained 2']);
  });

  test('counts the entries that were written, and those of them that are messages', async () => {
    const event = { type: 'MessageSent' } as Entry['event'];
    answer = async ({ at }) => (at === 1 ? { ok: true, entries: [entry(1), { ...entry(2), event } as Entry] } : ok());
    await Promise.all([commit.append(item(1)), commit.append(item(2))]);
    expect([commit.entries, commit.messages]).toEqual([2, 1]);
  });

  test.each([
    ['written', () => Promise.resolve(ok(1))],
    ['not written', () => Promise.reject(new StoreUnavailable('The disk is full.'))],
    ['lost', () => Promise.reject(new Error('The writer ended.'))],
  ])('that was %s is told to all who wait, whoever fails at it', async (_what, become) => {
    answer = become;
    const bad = (): never => {
      throw new Error('a bug');
    };
    commit.hand({ item: item(1), onCommit: bad, settle: bad, fail: bad });
    const beside = await commit.append(item(2)).catch(() => 'unknown');
    expect(beside).toBeDefined();
    await commit.drained();
    expect(story).toContain('error: a bug');
    expect(commit.backlog).toBe(0);
  });

  test('is answered also where it could not be announced', async () => {
    answer = async () => ok(badPosition);
    expect(await commit.append(item(1))).toMatchObject({ ok: true });
    expect(story).toEqual([`announced ${badPosition}`, 'error: not announced']);
  });
});
