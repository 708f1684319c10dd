import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { differences } from './compare.ts';
import { readOptions } from './options.ts';
import type { Figures, RunOptions } from './scenario.ts';
import { isInstalled } from './servers.ts';
import { page, ratioRows } from './table.ts';

/** `npm run bench -- <scenario> [--seconds S] [--repetitions R] [--only text,…] [--profile DIR] [--write] [--compare]` */

const { scenario, write, compare, ...asked } = optionsOrEnd();
const generatorCore = '1';

if (process.env.BENCH_IS_PINNED === undefined) {
  // The generator is this process, pinned to the core that the servers do not get.
  const { status } = spawnSync('taskset', ['-c', generatorCore, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, BENCH_IS_PINNED: 'yes' },
  });
  process.exitCode = status ?? 1;
} else {
  const options: RunOptions = { ...asked, tell: (line) => console.error(line) };
  const { only, repetitions, tell } = options;
  const contenders = scenario.contenders.filter(({ title, needs }) => {
    if (only.length > 0 && !only.some((text) => title.includes(text))) return false;
    if (needs === undefined || isInstalled(needs)) return true;
    tell(`${title} is left out: there is no ${needs} on the PATH.`);
    return false;
  });
  const results = new Map<string, Figures[]>(contenders.map(({ title }) => [title, []]));
  // Interleaved, so that whatever else the machine does meets all of them.
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const contender of contenders) {
      const figures = await scenario.measure(contender, options);
      results.get(contender.title)?.push(figures);
      tell(`${repetition}/${repetitions} ${contender.title}: ${JSON.stringify(figures, rounded)}`);
    }
  }
  const text = page(scenario, results, `npm run bench -- ${process.argv.slice(2).map(quoted).join(' ')}`);
  console.log(text);
  if (compare) console.log(differences(scenario.name, ratioRows(scenario.targets, results)).join('\n'));
  if (write) {
    const date = new Date().toISOString().slice(0, 10);
    writeFileSync(new URL(`./results/${date}-${scenario.name}.md`, import.meta.url), text);
  }
  process.exit();
}

function optionsOrEnd(): ReturnType<typeof readOptions> {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}

/** As a shell takes it for one word. */
function quoted(argument: string): string {
  return /^[\w.,/-]+$/.test(argument) ? argument : `'${argument}'`;
}
