import { run } from './cli/run.ts';
import { processEnvironment } from './config.ts';

/** The command line. Ends with the exit code of its command, also where a library keeps a timer. */

// `parlance tail | head` closes the pipe when it has seen enough.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`parlance: The output cannot be written: ${error.message}.\n`);
  process.exit(1);
});
// There is nobody left to tell.
process.stderr.on('error', () => undefined);

process.exitCode = await run(process.argv.slice(2), {
  env: processEnvironment,
  out: (line) => process.stdout.write(`${line}\n`),
  input: process.stdin,
  output: process.stdout,
  tell: (line) => process.stderr.write(`${line}\n`),
});
setTimeout(() => process.exit(), 1000).unref();
