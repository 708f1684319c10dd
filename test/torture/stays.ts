/** A moment of a listener's: when, on which of its connections, counted from 0, and how much it had heard by then. */
export type Moment = { readonly at: number; readonly connection: number; readonly heardBefore: number };

/** From asking to join a conversation until having left it, as one listener saw it. What was not answered was asked for again. */
export type Stay = {
  readonly listener: string;
  readonly conversation: number;
  readonly asked: Moment;
  joined?: Moment;
  /** When it first asked to leave. */
  leaving?: Moment;
  left?: Moment;
};
