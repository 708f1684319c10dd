import { Numbers } from './numbers.ts';
import { type FinalHistory, type FollowedMarks, Heard, keyOf, type ListenerRule, Record, Said } from './record.ts';

/** One talker who says five things in conversation 0, every second one of them; the log gives them the ids 10, 20, … 50. */
export const exampleIds = [10, 20, 30, 40, 50];
export const exampleKey = (id: number) => keyOf(0, id / 10 - 1);

/** These messages as they were said, or as `readings` has them. */
export function historyOf(
  ids: readonly number[],
  keys = ids.map(exampleKey),
  readings: { readonly [id: number]: number } = {},
): FinalHistory {
  return {
    ids: Numbers.of(...ids),
    keys: Numbers.of(...keys),
    readings: Numbers.of(...ids.map((id) => readings[id] ?? 0)),
    reactions: [],
    quotes: [],
  };
}

export function exampleRecord(): Record {
  const record = new Record();
  const said = new Said();
  for (const id of exampleIds) {
    said.conversations.push(0);
    said.firstSentAt.push(id * 100);
    said.answeredAt.push(id * 100 + 50);
    said.ids.push(id);
    said.answeredBy.push(1);
    said.attempts.push(1);
    said.connections.push(1);
  }
  record.said.push(said);
  return record;
}

/**
 * What happens to a listener: a number is the id of a message heard; `id` with a reading a message that reads so, or, where `isMessage`
 * is false, an edit or a deletion; anything else a connection that begins.
 */
export type Happening =
  | number
  | { readonly id: number; readonly reading: number; readonly isMessage: boolean }
  | {
      readonly from: number | undefined;
      readonly isContinued?: boolean;
      readonly at?: number;
      readonly since?: number;
      readonly node?: number;
    };

export type ListenerParts = {
  readonly rule?: ListenerRule;
  /** Since when it listens in conversation 0. */
  readonly since?: number;
  readonly followsRevisions?: boolean;
  readonly followsMarks?: FollowedMarks;
  readonly joins?: boolean;
  /** Which client it is. */
  readonly user?: number;
};

/** A listener from the beginning on. */
export function addListener(record: Record, happenings: readonly Happening[], parts: ListenerParts = {}): Heard {
  const { rule = 'ordered', since = 1, ...rest } = parts;
  const heard = new Heard('listener', rule, rest);
  heard.listensSince.set(0, since);
  const connection = { heardBefore: 0, at: 1, from: undefined, isContinued: false, since: 0, node: 1 };
  heard.connects.push(connection);
  const hear = (id: number) => heard.add(0, id, exampleKey(id), id * 100 + 60);
  for (const happening of happenings) {
    if (typeof happening === 'number') hear(happening);
    else if ('id' in happening) {
      const { id, reading, isMessage } = happening;
      if (isMessage) hear(id);
      heard.tellings.add(id, reading, heard.connects.length - 1, isMessage);
    } else heard.connects.push({ ...connection, isContinued: true, heardBefore: heard.ids.length, ...happening });
  }
  record.heard.push(heard);
  return heard;
}
