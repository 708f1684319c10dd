/** What every driver's search keeps to. */

/** Entries taken in at once. */
export const pageEntries = 500;
/** Messages that one page looks at, at the most. */
export const candidatesLimit = 5_000;
/** As many conversations are looked for among the words; a member of more is told of theirs by looking at each find. */
export const namedConversationsLimit = 500;
/** Times are not quite in the order of positions: clocks of several nodes differ, and are set. */
export const clockSlackMs = 3_600_000;
