import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describeSettings, loadConfig } from '../../src/config.ts';
import { parlance } from '../harness/command-line.ts';
import { readOptions } from '../torture/options.ts';
import { allPages, type Page, root } from './pages.ts';

/** What the pages show is looked at, whether it is run (`examples.test.ts`) or not. */

const run = promisify(execFile);
const pages = allPages().filter(({ path }) => !/^(bench\/|CHANGELOG)/.test(path));
const withPaths = pages.map((page) => [page.path, page] as const);

/** Lines of shell as they are shown: whole ones, and those within a sentence; without comments. */
function linesOf({ blocks, text }: Page): readonly string[] {
  const shown = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.split('\n'));
  const prose = text.replaceAll(/^```[\s\S]*?^```\s*$/gm, '');
  const inline = [...prose.matchAll(/`((?:npx|npm|node) [^`\n]+)`/g)].map(([, line = '']) => line);
  return [...shown, ...inline].map((line) => line.replace(/(^| )#.*$/, ''));
}

const wordsBehind = (lines: readonly string[], start: RegExp): readonly (readonly string[])[] =>
  lines.flatMap((line) =>
    [...line.matchAll(start)].map(([, rest = '']) =>
      (rest.match(/'[^']*'|[^\s'|>&)]+/g) ?? []).map((word) => word.replaceAll("'", '')),
    ),
  );

const help = await parlance('help');

test.each(withPaths)('the commands of %s exist, with the options shown', (_, page) => {
  for (const [name = '', ...rest] of wordsBehind(linesOf(page), /\bnpx parlance ([^|>&)]*)/g)) {
    const line = help.out.split('\n').find((one) => one.trim().split(' ')[0] === name && one.startsWith('  '));
    expect(line, `parlance ${name}`).toBeDefined();
    for (const [option] of rest.join(' ').matchAll(/--[a-z-]+/g)) expect(line, `parlance ${name}`).toContain(option);
  }
});

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };

test.each(withPaths)('the npm scripts and programs of %s exist', (_, page) => {
  const lines = linesOf(page);
  for (const [name = '', dashes, ...rest] of wordsBehind(lines, /\bnpm run ([^|>&)]*)/g)) {
    if (name.startsWith('-')) continue;
    expect(Object.keys(manifest.scripts)).toContain(name);
    if (dashes !== '--' || rest.some((word) => /[<…]/.test(word))) continue;
    if (name === 'torture') readOptions(rest.length === 2 && rest[0] === '--nodes' ? [] : rest);
    if (name === 'bench') {
      expect(existsSync(join(root, `bench/scenarios/${rest[0]}.ts`)), rest[0]).toBe(true);
      const program = readFileSync(join(root, 'bench/run.ts'), 'utf8');
      for (const option of rest.filter((word) => word.startsWith('--'))) expect(program).toContain(`[${option}`);
    }
  }
  const programs = lines.flatMap((line) => [...line.matchAll(/\bnode ([\w/.-]+\.m?[jt]s)\b/g)]);
  const own = programs.map(([, file = '']) => file).filter((file) => file.includes('/'));
  expect(own.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

/** How often each of these characters stands there; one number where it is as often. */
const countsOf = (characters: string, code: string): readonly number[] => [
  ...new Set([...characters].map((one) => code.split(one).length)),
];

test.each(withPaths)('the blocks of %s are of languages that can be looked at, and whole', async (_, page) => {
  for (const { code, language, line } of page.blocks) {
    const place = `${page.path}:${line}`;
    if (language === 'json') expect(() => JSON.parse(code), place).not.toThrow();
    else if (language === 'sh') await run('bash', ['-n', '-c', code]);
    // Nothing here reads Dart, beyond whether its brackets pair.
    else if (language === 'dart')
      for (const pair of ['()', '[]', '{}']) expect(countsOf(pair, code), place).toHaveLength(1);
    else expect(['js', 'ts', 'tsx', 'yaml', ''], place).toContain(language);
  }
});

const settingNames = describeSettings(loadConfig({})).map(({ name }) => name);

test.each(withPaths.filter(([path]) => path.startsWith('docs/')))('the settings that %s shows exist', (_, page) => {
  for (const { code } of page.blocks.filter(({ language }) => language === '')) {
    for (const line of code.trimEnd().split('\n')) expect(settingNames).toContain(line.split('=')[0]);
  }
});

test('what the manual shows in TypeScript fits the types', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-types-'));
  try {
    const shown = pages.flatMap(({ path, blocks }) =>
      blocks
        .filter(({ language }) => language === 'ts' || language === 'tsx')
        .map(({ code, language, line }) => [`${path.replaceAll(/[/.]/g, '-')}-${line}.${language}`, code] as const),
    );
    expect(shown.length).toBeGreaterThan(0);
    await mkdir(join(folder, 'pages'));
    for (const [name, code] of shown) await writeFile(join(folder, 'pages', name), code);
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await symlink(join(root, 'web/src/client'), join(folder, 'pages/client'));
    const options = {
      paths: { 'parlance/*': [join(root, 'types/*.d.ts')] },
      types: ['node'],
      moduleDetection: 'force',
    };
    const settings = { extends: join(root, 'web/tsconfig.json'), compilerOptions: options, include: ['pages/*.ts*'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const checked = await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder]).catch(({ stdout }) => ({ stdout }));
    expect(checked.stdout).toBe('');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

test.each(['docs/web-client.md', 'docs/apps.md'])(
  'what %s has for pages and apps of others is JavaScript',
  async (path) => {
    const page = pages.find((one) => one.path === path);
    const code = page?.blocks.find(({ language }) => language === 'js')?.code ?? '';
    expect(code).not.toBe('');
    const checking = run(process.execPath, ['--check', '--input-type=module', '-']);
    checking.child.stdin?.end(code);
    await checking;
  },
);

test('the page on running it has every command', () => {
  const commands = help.out.split('\n').flatMap((line) => /^ {2}([a-z-]+)/.exec(line)?.[1] ?? []);
  expect(commands).toContain('serve');
  const page = pages.find(({ path }) => path === 'docs/operate.md')?.text ?? '';
  const told = (command: string) => page.includes(`| \`npx parlance ${command}`);
  expect(commands.filter((command) => !['help', 'version'].includes(command) && !told(command))).toEqual([]);
});
