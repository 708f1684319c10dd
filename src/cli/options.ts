import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './command.ts';

/** The options of a command. Throws {@link UsageError} for anything else on the line. */
export function parseOptions<const O extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: O,
): ReturnType<typeof parseArgs<{ args: string[]; options: O; allowNegative: true }>>['values'] {
  try {
    const { values } = parseArgs({ args: args.map(spelledOut), options, allowNegative: true });
    // What a shell makes of a variable that is not set.
    const [empty] = Object.entries(values).find(([, value]) => value === '') ?? [];
    if (empty !== undefined) throw new UsageError(`--${empty} is empty: give it a value, or leave it out`);
    return values;
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) throw new UsageError(error.message.split('. ')[0]);
    throw error;
  }
}

/** `--follow=false` is what people type for what is parsed as `--no-follow`. */
function spelledOut(arg: string): string {
  const [, name, value] = /^--([a-z-]+)=(true|false)$/.exec(arg) ?? [];
  if (name === undefined) return arg;
  return value === 'true' ? `--${name}` : `--no-${name}`;
}

const unitSeconds = new Map([
  ['', 1],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
]);

/** Seconds of a duration such as `90`, `30m`, `12h` or `7d`. */
export function parseSeconds(option: string, text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  const seconds = Number(count) * (unitSeconds.get(unit) ?? 0);
  if (seconds > 0) return seconds;
  throw new UsageError(`--${option} ${text} is no duration: write a number and s, m, h or d, such as 12h`);
}
