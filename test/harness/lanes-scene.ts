import type { Commit } from '../../src/app/commit.ts';
import type { Job } from '../../src/app/job.ts';
import { Lanes } from '../../src/app/lanes.ts';
import { type AppendItem, type AppendOutcome, type Draft, StoreUnavailable } from '../../src/app/ports.ts';
import type { Precondition } from '../../src/core/decisions.ts';
import type { User } from '../../src/core/model.ts';
import { ann, bob, member, person, place } from './cast.ts';

/** Lanes over a store and a commit that answer when the test lets them. */

/** What somebody waits for until the test lets it happen. */
export class Held<A> {
  readonly promise: Promise<A>;
  resolve: (value: A) => void = () => undefined;
  reject: (error: Error) => void = () => undefined;
  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

export const eve = person('eve');

export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export const message = (text: string): Draft => ({
  type: 'MessageSent',
  conversationId: 'c',
  actorId: 'ann',
  message: { conversationId: 'c', sender: ann, text, at: 1 },
});
export const added: Draft = { type: 'MemberAdded', conversationId: 'c', kind: 'group', user: bob, role: 'member' };
export const came = (user: User): Draft => ({
  type: 'MemberAdded',
  conversationId: 'c',
  kind: 'open',
  user,
  role: 'member',
  actorId: user.id,
});

export let loads: { what: string; held: Held<void> }[];
export let commits: { item: AppendItem; held: Held<AppendOutcome> }[];
/** Of whoever failed at being told. */
export let failures: unknown[];
/** What the lanes have told of that kept a job from being decided. */
export let errors: unknown[];
export let decided: string[];
export let lanes: Lanes;
let position: number;
let isSlow: boolean;
/** Does the node hear at once what it has written? */
let hearsItself: boolean;

const load = async (what: string) => {
  const held = new Held<void>();
  loads.push({ what, held });
  if (isSlow) await held.promise;
  return { position: ++position };
};

/** As before each test: nothing is known yet, and what is loaded comes at once. */
export function openLanes(): void {
  [loads, commits, decided, failures, errors, position, isSlow, hearsItself] = [[], [], [], [], [], 10, false, true];
  const hand: Commit['hand'] = (waiting) => {
    const { item, onCommit } = waiting;
    const held = new Held<AppendOutcome>();
    commits.push({ item, held });
    held.promise.then(
      (outcome) => {
        const entries = outcome.ok ? outcome.entries : [];
        if (entries[0]) onCommit?.(entries[0].position);
        if (hearsItself) for (const entry of entries) lanes.apply('c', entry);
        try {
          waiting.settle(outcome);
        } catch (error) {
          failures.push(error);
        }
      },
      (error) => (error instanceof StoreUnavailable ? waiting.settle(error) : waiting.fail(error)),
    );
  };
  const store = {
    loadConversation: async (id: string) => ({ ...(await load(id)), value: place('group', { id }) }),
    loadMember: async (id: string, userId: string) => ({ ...(await load(`${id} ${userId}`)), value: member(ann) }),
  };
  lanes = new Lanes(store, { hand }, (error) => errors.push(error), { lanes: 2, standings: 100 });
}

/** From now on what is loaded waits for the test. */
export function loadSlowly(): void {
  isSlow = true;
}

/** From now on what is loaded comes at once. */
export function loadAtOnce(): void {
  isSlow = false;
}

/** From now on the node does not hear what it has written. */
export function hearNothing(): void {
  hearsItself = false;
}

export const nextPosition = (): number => ++position;

export function job(name: string, drafts: readonly Draft[], more: Partial<Job<string>> = {}): Job<string> {
  return {
    conversationId: 'c',
    userIds: ['ann'],
    at: 1,
    decide: () => {
      decided.push(name);
      return { drafts, expects: [] };
    },
    answer: () => name,
    ...more,
  };
}

/** The store has written the oldest commit that it was not heard of. */
export function written(index: number): void {
  const { item, held } = commits[index] ?? {};
  const entries = item?.drafts.map((draft) => {
    if (draft.type !== 'MessageSent') return { position: ++position, at: 1, event: draft as never };
    const sent = { ...draft, message: { ...draft.message, id: ++position, ordinal: position } };
    return { position, at: 1, event: sent };
  });
  held?.resolve({ ok: true, entries: entries ?? [] });
}

const isMember: Precondition = { is: 'member', conversationId: 'c', userId: 'ann' };
export const broken = (index: number, expected: Precondition = isMember) =>
  commits[index]?.held.resolve({ ok: false, broken: expected, head: position });
export const said = () =>
  commits.map(({ item }) => item.drafts.map((draft) => draft.type === 'MessageSent' && draft.message.text)[0]);
