/** Bugs that a run can be given, to see that the checker finds them. */
export const plantedBugs = [
  'answer-before-commit',
  'drop-an-entry',
  'publish-twice',
  'swap-two-entries',
  'resume-one-early',
  'resume-one-late',
  'lose-a-revision',
  'remember-old-words',
  'drop-a-revision',
  'tell-an-edit-early',
  'lose-a-reaction',
  'drop-a-reaction',
  'lose-a-read-mark',
  'drop-a-read-mark',
  'miscount-what-is-unread',
  'tell-the-removed',
  'forget-a-member',
  'go-on-after-leaving',
  'join-late',
  'quote-old-words',
  'keep-quoted-words',
  'ignore-a-gap',
  'skip-what-others-said',
] as const;

export type PlantedBug = (typeof plantedBugs)[number];

export function isPlantedBug(word: string): word is PlantedBug {
  return (plantedBugs as readonly string[]).includes(word);
}

/** Planted in the server; the others sit between it and its clients. */
export const bugsOfTheServer: readonly PlantedBug[] = [
  'answer-before-commit',
  'resume-one-early',
  'resume-one-late',
  'lose-a-revision',
  'remember-old-words',
  'lose-a-reaction',
  'lose-a-read-mark',
  'miscount-what-is-unread',
  'tell-the-removed',
  'forget-a-member',
  'go-on-after-leaving',
  'join-late',
  'quote-old-words',
  'keep-quoted-words',
  'ignore-a-gap',
  'skip-what-others-said',
];

/** These show only between nodes. */
export const bugsOfSeveralNodes: readonly PlantedBug[] = ['ignore-a-gap', 'skip-what-others-said'];
