import { readFileSync } from 'node:fs';
import { ConfigError } from '../config.ts';
import { backup } from './backup.ts';
import { type CliCommand, type CommandContext, UsageError } from './command.ts';
import { config } from './config.ts';
import { doctor } from './doctor.ts';
import { eraseUser } from './erase-user.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { migrate } from './migrate.ts';
import { restore } from './restore.ts';
import { serve } from './serve.ts';
import { tail } from './tail.ts';
import { token } from './token.ts';
import { userData } from './user-data.ts';

const help: CliCommand = {
  name: 'help',
  options: '',
  sentence: 'Print this.',
  async run(_, { out }) {
    out('Usage: parlance <command> [options]\n');
    for (const { name, options, sentence } of commands) out(`  ${`${name} ${options}`.trimEnd()}\n      ${sentence}`);
    out('\nSettings come from the environment and from a .env file in the working directory; the environment wins.');
  },
};

const version: CliCommand = {
  name: 'version',
  options: '',
  sentence: 'Print the version.',
  async run(_, { out }) {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const found = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '?';
    out(`parlance ${found}, node ${process.versions.node}`);
  },
};

const commands: readonly CliCommand[] = [
  serve,
  token,
  tail,
  config,
  exportCommand,
  importCommand,
  migrate,
  backup,
  restore,
  doctor,
  userData,
  eraseUser,
  help,
  version,
];

const flags = new Map([
  ['-h', 'help'],
  ['--help', 'help'],
  ['-v', 'version'],
  ['--version', 'version'],
]);

/**
 * Runs the command of this command line and answers its exit code: 0 done, 1 it could not be done, 2 the line itself is wrong.
 * Says why in one sentence; a stack is shown for nothing but a mistake in this program.
 */
export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const [word = 'help', ...rest] = args;
  const wantsHelp = rest.some((arg) => flags.get(arg) === 'help');
  const name = wantsHelp ? 'help' : (flags.get(word) ?? word);
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    context.tell(
      `parlance: there is no command ${JSON.stringify(word)}. Type "parlance help" for those that there are.`,
    );
    return 2;
  }
  try {
    await command.run(rest, context);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      context.tell(`parlance ${name}: ${error.message}.\nUsage: ${`parlance ${name} ${command.options}`.trimEnd()}`);
      return 2;
    }
    context.tell(`parlance: ${reasonOf(error)}`);
    return 1;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isMistake = [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
  if (isMistake && !('code' in error)) return error.stack ?? error.message;
  return error instanceof ConfigError ? `wrong setting: ${error.message}` : error.message;
}
