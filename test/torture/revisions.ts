import { Numbers } from './numbers.ts';

/**
 * What became of messages after they were said, as clients saw it. The reading of a message says how new its text is: 0 as it was
 * said, one more with each edit, and, as the last of all, that it is deleted. Who says a message edits it once more only after the
 * edit before was answered at its first attempt: of an edit that was tried again, an attempt may be carried out late.
 */
export const deleted = 2 ** 32 - 1;

/** An edit or a deletion that a message's own talker asked for. */
export type Revision = {
  readonly talker: number;
  readonly turn: number;
  readonly messageId: number;
  readonly reading: number;
  attempts: number;
  /** 0: not answered. */
  answeredAt: number;
  /** Which node answered, counted from 1; 0 where that is not sure. */
  answeredBy: number;
};

/** Everything that one listener was told of messages that may change, in its order. */
export class Tellings {
  readonly ids = new Numbers();
  readonly readings = new Numbers();
  /** Which of the listener's connections told it, counted from 0. */
  readonly connections = new Numbers();
  /** 1: by the message itself; 0: by an edit or a deletion. */
  readonly areMessages = new Numbers();

  get length(): number {
    return this.ids.length;
  }

  add(id: number, reading: number, connection: number, isMessage: boolean): void {
    this.ids.push(id);
    this.readings.push(reading);
    this.connections.push(connection);
    this.areMessages.push(isMessage ? 1 : 0);
  }
}

/** How a reading is spoken of. */
export function readingInWords(reading: number): string {
  return reading === deleted ? 'deleted' : `reading ${reading}`;
}
