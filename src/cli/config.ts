import { describeSettings, loadConfig } from '../config.ts';
import type { CliCommand } from './command.ts';
import { parseOptions } from './options.ts';

/** Prints every setting with the value in force. */
export const config: CliCommand = {
  name: 'config',
  options: '',
  sentence: 'Print every setting: the value in force (* where it is not the default), the default, and what it is for.',
  async run(args, { env, out }) {
    parseOptions(args, {});
    const environment = env();
    const rows = describeSettings(loadConfig(environment)).map((row) => ({
      ...row,
      value: environment[row.name] === undefined ? row.value : `${row.value} *`,
    }));
    const header = { name: 'SETTING', value: 'IN FORCE', default: 'DEFAULT', sentence: '' };
    const width = (column: 'name' | 'value' | 'default') =>
      Math.min(30, Math.max(...[header, ...rows].map((row) => row[column].length)));
    const [nameWidth, valueWidth, defaultWidth] = [width('name'), width('value'), width('default')];
    for (const row of [header, ...rows]) {
      const cells = [row.name.padEnd(nameWidth), row.value.padEnd(valueWidth), row.default.padEnd(defaultWidth)];
      out([...cells, row.sentence].join('  ').trimEnd());
    }
  },
};
