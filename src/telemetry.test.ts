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
