import type { Readable, Writable } from 'node:stream';
import type { Environment } from '../config.ts';

/** What a command may use beside its arguments: settings, input and output. */
export type CommandContext = {
  /** The settings as text; throws a ConfigError when they cannot be read. */
  env(): Environment;
  /** Prints a line of a result that is short: it waits for nobody. */
  out(line: string): void;
  /** What is handed to it, and where a long result goes: both wait for whoever is slower. */
  readonly input: Readable;
  readonly output: Writable;
  /** Prints a line for the person who started it. */
  tell(line: string): void;
};

/** One word after `parlance`. */
export type CliCommand = {
  readonly name: string;
  /** The options, as help shows them. */
  readonly options: string;
  readonly sentence: string;
  /** Resolves when it is done; rejects with {@link UsageError} for a wrong command line. */
  run(args: readonly string[], context: CommandContext): Promise<void>;
};

/** The command line is wrong; the message says what to type. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
