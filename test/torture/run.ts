import { commandOf, type Options, readOptions } from './options.ts';
import { type Result, torture } from './torture.ts';
import { type ViolationKind, violationKinds } from './verdict.ts';

/** `npm run torture`: prints what was done, what was found, and how to do it again. Ends with 1 when a promise was broken. */

const print = (line = ''): void => void process.stdout.write(`${line}\n`);

function report(
  options: Options,
  { verdict, faults, messages, revisions, reactions, limitation, startsMs, stopsMs }: Result,
): void {
  const count = [...faults.values()].reduce((sum, one) => sum + one, 0);
  print();
  print(`messages acknowledged  ${messages}`);
  print(`edits and deletions    ${revisions}`);
  print(`reactions              ${reactions}`);
  print(`messages heard         ${verdict.hearings}`);
  print(`repeats after cuts     ${verdict.repeats}`);
  print(`faults                 ${count}`);
  for (const [kind, times] of [...faults].sort((a, b) => b[1] - a[1])) print(`  ${kind.padEnd(42)} ${times}`);
  if (limitation) print(`  (${limitation})`);
  print(`starts of servers      ${startsMs.length}, the slowest took ${Math.round(Math.max(...startsMs))} ms`);
  if (stopsMs.length > 0) print(`stops when asked       the slowest took ${Math.round(Math.max(...stopsMs))} ms`);
  print(`violations             ${verdict.violations}`);
  for (const [kind, times] of verdict.counts) print(`  ${violationKinds[kind as ViolationKind]}: ${times}`);
  for (const words of verdict.words) print(`  - ${words}`);
  print(`seed                   ${options.seed}`);
  print(`again                  ${commandOf(options)}`);
}

try {
  const options = readOptions(process.argv.slice(2));
  print(`seed ${options.seed}, ${options.minutes} minutes`);
  if (options.store === 'postgres') print(`${options.nodes} nodes, PostgreSQL, word between nodes by ${options.bus}`);
  const result = await torture(options, print);
  report(options, result);
  process.exit(result.verdict.violations > 0 ? 1 : 0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
}
