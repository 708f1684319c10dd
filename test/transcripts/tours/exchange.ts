import { ack, asks, frame, hears, hearsInAnyOrder, type Line } from '../../harness/lines.ts';

/** Somebody asks, and they and the others hear what comes of it. */
export const exchange = (
  who: string,
  others: string[],
  [event, said]: [string, object],
  [name, heard]: [string, object],
  acknowledged: object = {},
): Line[] => [
  asks(who, event, said),
  hearsInAnyOrder(who, frame(name, heard), ack(event, acknowledged)),
  hears(others, name, heard),
];

/** What an acknowledgement is called with. */
export const answered = (event: string, data: unknown) => ({ event, data });
