import { beforeEach, describe, expect, test } from 'vitest';
import { ann } from '../../test/harness/cast.ts';
import { FakeClock } from '../../test/harness/use-cases.ts';
import type { LoggedEvent } from '../core/events.ts';
import type { User, UserId } from '../core/model.ts';
import { Authentication } from './authenticate.ts';
import { Commit } from './commit.ts';
import { type AppendItem, type Principal, StoreUnavailable } from './ports.ts';

const everything = { email: true, name: true };
const nothing = { email: false, name: false };

let principals: Map<string, Principal>;
let users: Map<UserId, User>;
let appended: AppendItem[];
let loads: number;
let duringLoad: () => void;
let beforeWrite: () => void;
let isFull: boolean;
let position: number;
let clock: FakeClock;
let authentication: Authentication;

const hear = (event: LoggedEvent) => authentication.apply({ position: ++position, at: 1, event });

beforeEach(() => {
  [principals, users, appended, loads, isFull, position] = [new Map(), new Map(), [], 0, false, 0];
  [duringLoad, beforeWrite] = [() => undefined, () => undefined];
  const commit = new Commit(
    {
      append: async (items) => {
        beforeWrite();
        if (isFull) throw new StoreUnavailable('The disk is full.');
        appended.push(...items);
        return items.map(({ drafts }) => ({
          ok: true,
          entries: drafts.map((draft) => ({ position: ++position, at: 1, event: draft as LoggedEvent })),
        }));
      },
    },
    { announce: (entries) => entries.forEach((entry) => void authentication.apply(entry)) },
  );
  const store = {
    loadUsers: async (ids: readonly UserId[]) => {
      loads++;
      const found = new Map(ids.flatMap((id) => users.get(id) ?? []).map((user) => [user.id, user]));
      await Promise.resolve();
      duringLoad();
      return found;
    },
  };
  const tokens = { verify: async (token: string) => principals.get(token) };
  clock = new FakeClock();
  authentication = new Authentication({ tokens, store, commit, clock }, new Map([['gone', 100]]));
});

describe('a token', () => {
  test('that is none names nobody, and nothing is written', async () => {
    expect(await authentication.authenticate('nonsense')).toBeUndefined();
    expect(appended).toEqual([]);
  });

  test('of a user first seen creates them, once', async () => {
    principals.set('t', { user: ann, named: everything, issuedAtSeconds: 5, expiresAtSeconds: 9 });
    expect(await authentication.authenticate('t')).toEqual({ user: ann, issuedAtSeconds: 5, expiresAtSeconds: 9 });
    expect(appended.map(({ drafts }) => drafts)).toEqual([[{ type: 'UserChanged', user: ann }]]);
    await authentication.authenticate('t');
    expect([appended.length, loads]).toEqual([1, 1]);
  });

  test('of a user whom the store knows writes nothing where nothing is new', async () => {
    users.set('ann', ann);
    principals.set('t', { user: ann, named: everything });
    expect(await authentication.authenticate('t')).toEqual({ user: ann });
    expect(appended).toEqual([]);
  });

  test('takes over what it names, and keeps what it does not name', async () => {
    users.set('ann', ann);
    principals.set('t', { user: { ...ann, email: '', name: 'Anna' }, named: { ...nothing, name: true } });
    expect((await authentication.authenticate('t'))?.user).toEqual({ ...ann, name: 'Anna' });
    expect(appended).toHaveLength(1);
  });

  test('gives no rights that only an older one gave', async () => {
    users.set('ann', { ...ann, role: 'ADMIN' });
    principals.set('t', { user: { ...ann, role: 'USER' }, named: nothing });
    expect((await authentication.authenticate('t'))?.user.role).toBe('USER');
  });

  test('of a new user is no good while they cannot be kept', async () => {
    isFull = true;
    principals.set('t', { user: ann, named: everything });
    await expect(authentication.authenticate('t')).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test('is seen with the profile that came round while the stored one was being read', async () => {
    const renamed = { ...ann, name: 'Anna' };
    users.set('ann', ann);
    principals.set('nameless', { user: ann, named: nothing });
    duringLoad = () => hear({ type: 'UserChanged', user: renamed });
    expect((await authentication.authenticate('nameless'))?.user).toEqual(renamed);
    duringLoad = () => undefined;
    expect((await authentication.authenticate('nameless'))?.user).toEqual(renamed);
  });
});

test('of very many users only so many are kept in mind, and the longest unseen is read again', async () => {
  const known = (id: string) => ({ ...ann, id });
  for (const id of ['seen-first', 'seen-again', 'seen-again']) hear({ type: 'UserChanged', user: known(id) });
  for (let n = 2; n <= 100_000; n++) hear({ type: 'UserChanged', user: known(`${n}`) });
  for (const id of ['seen-again', 'seen-first']) {
    users.set(id, known(id));
    principals.set(id, { user: known(id), named: everything });
  }
  await authentication.authenticate('seen-again');
  expect(loads).toBe(0);
  await authentication.authenticate('seen-first');
  expect(loads).toBe(1);
});

describe('a banned user', () => {
  const isIn = async () => (await authentication.authenticate('t')) !== undefined;
  beforeEach(() => principals.set('t', { user: ann, named: everything }));

  test('comes in as soon as the ban was lifted', async () => {
    hear({ type: 'BanChanged', userId: 'ann', isBanned: true });
    expect(await isIn()).toBe(false);
    hear({ type: 'BanChanged', userId: 'ann', isBanned: false });
    expect(await isIn()).toBe(true);
  });

  test('comes in when the time of the ban is over', async () => {
    hear({ type: 'BanChanged', userId: 'ann', isBanned: true, untilMs: clock.ms + 1 });
    expect(await isIn()).toBe(false);
    clock.ms++;
    expect(await isIn()).toBe(true);
  });
});

describe('a revoked user', () => {
  const token = (issuedAtSeconds: number | undefined, id = 'gone') =>
    principals.set('t', {
      user: { ...ann, id },
      named: everything,
      ...(issuedAtSeconds === undefined ? {} : { issuedAtSeconds }),
    });

  test.each([
    [99, false],
    [100, false],
    [101, true],
    [undefined, false],
  ])('who shows a token issued at %s after having been revoked at 100 comes in: %s', async (issuedAt, isIn) => {
    token(issuedAt);
    expect((await authentication.authenticate('t')) !== undefined).toBe(isIn);
    expect(appended).toHaveLength(isIn ? 1 : 0);
  });

  test('is one as soon as the revocation has come round, and stays one however the clocks went', async () => {
    token(50, 'ann');
    expect(await authentication.authenticate('t')).toBeDefined();
    hear({ type: 'UserRevoked', userId: 'ann', revokedAtSeconds: 60 });
    hear({ type: 'UserRevoked', userId: 'ann', revokedAtSeconds: 40 });
    expect(await authentication.authenticate('t')).toBeUndefined();
    expect(authentication.isRevoked('ann', 60)).toBe(true);
    expect(authentication.isRevoked('ann', 61)).toBe(false);
  });

  test('does not come in when the revocation comes round while their profile is being written', async () => {
    token(50, 'ann');
    beforeWrite = () => hear({ type: 'UserRevoked', userId: 'ann', revokedAtSeconds: 60 });
    expect(await authentication.authenticate('t')).toBeUndefined();
  });
});
