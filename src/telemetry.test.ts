import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { makeLogger } from './telemetry.ts';

test('lines are JSON, and credentials in them are blotted out', () => {
  const lines: string[] = [];
  const logger = makeLogger('info', { write: (line) => void lines.push(line) });
  logger.debug('not said');
  logger.info(
    {
      token: 'hunter2',
      req: {
        headers: { authorization: 'Bearer hunter2', cookie: 'token=hunter2', 'x-api-key': 'hunter2', host: 'here' },
      },
      auth: { token: 'hunter2' },
      query: { token: 'hunter2' },
    },
    'said',
  );
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('hunter2');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'said', req: { headers: { host: 'here' } } });
});

test.skipIf(process.platform === 'win32')(
  'what waits in a full pipe is written before the process ends, where it is read',
  async () => {
    const script = `
    process.stdout.on('error', () => undefined);
    const { makeLogger, standardOutput } = await import('./src/telemetry.ts');
    const output = standardOutput();
    const logger = makeLogger('info', output);
    for (let n = 0; n < 6_000; n++) logger.info('one of many lines');
    process.stderr.write('full');
    await output[Symbol.asyncDispose]();
    process.exit();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await once(child.stderr, 'data');
    const lines = (await text(child.stdout)).trimEnd().split('\n');
    expect(lines.filter((line) => (JSON.parse(line) as { msg: string }).msg === 'one of many lines')).toHaveLength(
      6_000,
    );
  },
);
