import { expect, test } from 'vitest';
import { loadConfig } from '../config.ts';
import { noticesOf } from './serve.ts';

const long = (letter: string) => letter.repeat(32);

test.each([
  ['nothing where all is well', { JWT_SECRET: long('s'), API_KEY: long('k'), HOST: '127.0.0.1' }, []],
  ['that every address leads to it', { JWT_SECRET: long('s') }, ['All addresses']],
  ['that anybody may sign in', {}, ['Development sign-in is on']],
  ['that both are so', { HOST: '0.0.0.0' }, ['All addresses', 'Development sign-in is on']],
  ['that a secret can be guessed', { JWT_SECRET: 'tea', HOST: '127.0.0.1' }, ['JWT_SECRET has 3 bytes']],
  [
    'that one secret is two',
    { JWT_SECRET: long('s'), API_KEY: long('s'), HOST: '127.0.0.1' },
    ['API_KEY is JWT_SECRET'],
  ],
])('whoever starts a server is told %s', (_, env, beginnings) => {
  const notices = noticesOf(loadConfig(env));
  expect(notices).toEqual(beginnings.map((words) => expect.stringMatching(`^${words}`)));
});
