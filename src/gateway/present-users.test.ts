import { beforeEach, expect, test } from 'vitest';
import type { EphemeralEvent } from '../core/events.ts';
import type { User } from '../core/model.ts';
import { PresentUsers } from './present-users.ts';

const ann = (name: string): User => ({ id: 'ann', name, email: '', role: '' });
let published: EphemeralEvent[];
let users: PresentUsers;

beforeEach(() => {
  published = [];
  users = new PresentUsers({
    publish: (event) => published.push(event),
    tell: () => undefined,
    graceMs: 0,
  });
});

const names = () => users.list('tea').map(({ name }) => name);
const gone = () => expect.objectContaining({ isPresent: false, user: expect.objectContaining({ name: 'New' }) });

test('who comes back under another name before they were gone is named so, and nobody hears of a coming', () => {
  users.joined('tea', ann('Old'));
  users.lost('tea', 'ann');
  users.joined('tea', ann('New'));
  expect(names()).toEqual(['New']);
  expect(published).toHaveLength(1);
  users.left('tea', 'ann');
  expect(published.at(-1)).toEqual(gone());
});

test('also where they come back on another node', () => {
  users.joined('tea', ann('Old'));
  const telling = { tells: 'present', conversationId: 'tea', user: ann('New'), isPresent: true } as const;
  users.hear(telling, 'other', 1);
  users.left('tea', 'ann');
  expect(names()).toEqual(['New']);
  users.hear({ ...telling, isPresent: false }, 'other', 1);
  expect(published.at(-1)).toEqual(gone());
});

test('what another node says again changes no newer name', () => {
  const telling = { tells: 'present', conversationId: 'tea', user: ann('Old'), isPresent: true } as const;
  users.hear(telling, 'other', 1);
  users.joined('tea', ann('New'));
  users.hear(telling, 'other', 2);
  expect(names()).toEqual(['New']);
});

test('who has joined with two connections is there until both have left, and nobody hears of the second coming', () => {
  users.joined('tea', ann('Ann'));
  users.joined('tea', ann('Ann'));
  users.left('tea', 'ann');
  expect(names()).toEqual(['Ann']);
  users.left('tea', 'ann');
  // Of those who are not there, as after their removal.
  for (const id of ['ann', 'bob']) users.left('tea', id);
  expect(names()).toEqual([]);
  expect(published).toMatchObject([{ isPresent: true }, { isPresent: false }]);
});

test('who is there on two other nodes came once, and has gone when both say so', () => {
  const telling = { tells: 'present', conversationId: 'tea', user: ann('Ann'), isPresent: true } as const;
  for (const node of ['one', 'two']) users.hear(telling, node, 1);
  expect(published).toMatchObject([{ isPresent: true }]);
  users.hear({ ...telling, isPresent: false }, 'one', 1);
  expect(names()).toEqual(['Ann']);
  users.forget('two');
  expect(published).toMatchObject([{ isPresent: true }, { isPresent: false }]);
});
