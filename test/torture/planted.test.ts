import { describe, expect, test } from 'vitest';
import { defaults } from './options.ts';
import { bugsOfSeveralNodes, type PlantedBug, plantedBugs } from './planted-bugs.ts';
import { torture } from './torture.ts';
import type { ViolationKind } from './verdict.ts';

/** What at least must be found. */
const found: { readonly [B in PlantedBug]: readonly ViolationKind[] } = {
  'answer-before-commit': ['lost'],
  'drop-an-entry': ['missed'],
  'publish-twice': ['doubled', 'revisedTwice', 'reactedTwice'],
  'swap-two-entries': ['disordered'],
  'resume-one-early': ['doubled'],
  'resume-one-late': ['missed'],
  'lose-a-revision': ['revisionLost'],
  'remember-old-words': ['oldWords'],
  'drop-a-revision': ['wrongInTheEnd'],
  'tell-an-edit-early': ['revisedUnheard', 'wordsCameBack', 'reactedUnheard'],
  'lose-a-reaction': ['reactionLost'],
  'drop-a-reaction': ['wrongReactionInTheEnd'],
  'lose-a-read-mark': ['cursorBackwards'],
  'drop-a-read-mark': ['wrongCursorInTheEnd'],
  'miscount-what-is-unread': ['wrongCount'],
  'tell-the-removed': ['heardAsStranger'],
  'forget-a-member': ['missedAsMember'],
  'go-on-after-leaving': ['heardAfterLeaving'],
  'join-late': ['missedWhileJoined'],
  'quote-old-words': ['staleQuote'],
  'keep-quoted-words': ['wrongQuote'],
  'ignore-a-gap': ['missed'],
  'skip-what-others-said': ['missed'],
};

/** Bugs of which none shows as what another does are planted in one run. */
const together: readonly (readonly PlantedBug[])[] = [
  ['lose-a-revision', 'lose-a-reaction', 'lose-a-read-mark', 'join-late'],
  ['drop-a-revision', 'drop-a-reaction', 'drop-a-read-mark'],
  ['tell-the-removed', 'miscount-what-is-unread', 'quote-old-words', 'go-on-after-leaving'],
  ['remember-old-words', 'keep-quoted-words'],
];
/** Shows only to whoever stays connected for a while. */
const calm = { bug: 'forget-a-member', faultEveryMs: 2000 } as const;
const inCompany = together.flat();
const planted = [...together, ...plantedBugs.filter((bug) => !inCompany.includes(bug)).map((bug) => [bug])];

const short = { ...defaults, minutes: 0.08, clients: 10, rate: 250, faultEveryMs: 350, settleMs: 4000 };

test('a run against the server as it is finds nothing', { timeout: 120_000 }, async () => {
  const { verdict, messages, faults } = await torture({ ...short, seed: 5, settleMs: 30_000 }, () => undefined);
  expect([verdict.words, verdict.violations]).toEqual([[], 0]);
  expect(messages).toBeGreaterThan(100);
  expect(faults.size).toBeGreaterThan(3);
});

/** Long enough for each node to hear much of the other. */
const cluster = { nodes: 2, store: 'postgres', minutes: 0.2, faultEveryMs: 1000 } as const;

test('a run against two nodes as they are finds nothing', { timeout: 120_000 }, async () => {
  const run = { ...short, ...cluster, seed: 5, settleMs: 30_000 };
  const { verdict, messages, faults } = await torture(run, () => undefined);
  expect([verdict.words, verdict.violations]).toEqual([[], 0]);
  expect(messages).toBeGreaterThan(100);
  expect(faults.size).toBeGreaterThan(3);
});

/** What a run of a few seconds happens to meet is a matter of luck on a busy machine: a bug has so many in which to show, each longer. */
const runs = [
  { seed: 5, times: 1 },
  { seed: 6, times: 2 },
  { seed: 7, times: 4 },
  { seed: 8, times: 8 },
];

// Several at a time, since much of a run is waiting.
describe.concurrent('a run against a server with planted bugs', () => {
  test.each(planted.map((bugs) => [bugs.join(', '), bugs] as const))(
    'finds %s',
    { timeout: 300_000 },
    async (_, bugs) => {
      const deployed = {
        ...short,
        ...(bugs.includes(calm.bug) ? { faultEveryMs: calm.faultEveryMs } : {}),
        ...(bugs.some((bug) => bugsOfSeveralNodes.includes(bug)) ? cluster : {}),
      };
      const due = bugs.flatMap((bug) => found[bug]);
      const kinds = new Set<ViolationKind>();
      for (const { seed, times } of runs) {
        const run = { ...deployed, minutes: deployed.minutes * times, seed, bugs };
        const { verdict } = await torture(run, () => undefined);
        for (const kind of verdict.counts.keys()) kinds.add(kind);
        if (due.every((kind) => kinds.has(kind))) break;
      }
      expect([...kinds]).toEqual(expect.arrayContaining(due));
    },
  );
});
