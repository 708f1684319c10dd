import { Numbers } from './numbers.ts';

/** The reading of a quote by a dialect that names the message which is answered, and does not quote it. */
export const untold = 2 ** 32 - 2;

/** A message that answers another, as the history has it. */
export type Quote = {
  readonly messageId: number;
  readonly replyToId: number;
  /** Of the text that is quoted; 0 where none is. */
  readonly key: number;
  /** How what is quoted reads; `deleted` where nothing is quoted. */
  readonly reading: number;
};

/** What one listener was told of what messages answer, of every message that may answer one, in its order. */
export class Quotings {
  readonly messageIds = new Numbers();
  /** 0: it answers none. */
  readonly replyToIds = new Numbers();
  readonly keys = new Numbers();
  readonly readings = new Numbers();

  get length(): number {
    return this.messageIds.length;
  }

  add({ messageId, replyToId, key, reading }: Quote): void {
    this.messageIds.push(messageId);
    this.replyToIds.push(replyToId);
    this.keys.push(key);
    this.readings.push(reading);
  }

  at(index: number): Quote {
    return {
      messageId: this.messageIds.at(index),
      replyToId: this.replyToIds.at(index),
      key: this.keys.at(index),
      reading: this.readings.at(index),
    };
  }
}
