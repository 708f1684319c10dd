import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { handshakeOf, type Node, openNode } from '../../test/harness/gateway-scene.ts';
import { openTemporaryStore } from '../../test/harness/use-cases.ts';
import type { Store } from '../app/ports.ts';

/** Who finds room, of those whom the limits of a user and of an address let in. */

let opened: Awaited<ReturnType<typeof openTemporaryStore>>;
/** Answered as by the store, unless a test has it fail. */
let loadMemberships: Store['loadMemberships'];
let node: Node;

beforeAll(async () => {
  opened = await openTemporaryStore();
});
afterAll(() => opened[Symbol.asyncDispose]());
beforeEach(async () => {
  loadMemberships = (userIds) => opened.store.loadMemberships(userIds);
  const store = new Proxy(opened.store, {
    get: (target, name) => {
      if (name === 'loadMemberships') return (userIds: readonly string[]) => loadMemberships(userIds);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  node = await openNode(store, { connectionsPerUser: 3, connectionsPerAddress: 5 });
});
afterEach(() => node[Symbol.dispose]());

const door = () => node.gateway.door('/chat');
const outcome = async (userId: string, address = '127.0.0.1') => {
  const admission = await door().admit(handshakeOf(userId, { address }));
  return admission.ok ? 'in' : admission.reason;
};
const counted = (outcomes: readonly string[]) => ({
  in: outcomes.filter((one) => one === 'in').length,
  tooManyConnections: outcomes.filter((one) => one === 'tooManyConnections').length,
});
const times = (count: number) => Array.from({ length: count }, (_, n) => n);

test('of a user’s many handshakes at once only so many are let in', async () => {
  const outcomes = await Promise.all(times(20).map((n) => outcome('ann', `10.0.0.${n}`)));
  expect(counted(outcomes)).toEqual({ in: 3, tooManyConnections: 17 });
  expect(await outcome('bob', '10.0.1.1')).toBe('in');
});

test('of an address’s many handshakes at once only so many are let in', async () => {
  const outcomes = await Promise.all(times(20).map((n) => outcome(`user-${n}`)));
  expect(counted(outcomes)).toEqual({ in: 5, tooManyConnections: 15 });
  expect(await outcome('bob', '10.0.1.1')).toBe('in');
});

test('who has gone before the door opened leaves room for one, however often that is said', async () => {
  const admissions = await Promise.all(times(3).map(() => door().admit(handshakeOf('ann'))));
  expect(await outcome('ann')).toBe('tooManyConnections');
  const [first] = admissions;
  if (!first?.ok) throw new Error('The first was refused.');
  for (const _ of times(3)) door().forsake(first.admitted);
  expect(await outcome('ann')).toBe('in');
  expect(await outcome('ann')).toBe('tooManyConnections');
});

test('who leaves makes room for one, and is not counted twice while there', async () => {
  const clients = await Promise.all(times(3).map(() => node.connect('ann', '/chat')));
  await expect(node.connect('ann', '/chat')).rejects.toThrow('tooManyConnections');
  for (const _ of times(2)) clients[0]?.drop();
  await node.connect('ann', '/chat');
  await expect(node.connect('ann', '/chat')).rejects.toThrow('tooManyConnections');
  for (const userId of ['bob', 'cem']) await node.connect(userId, '/chat');
  await expect(node.connect('dan', '/chat')).rejects.toThrow('tooManyConnections');
});

test('who could not be let in takes no room', async () => {
  loadMemberships = () => Promise.reject(new Error('The disk is away.'));
  expect(await Promise.all(times(3).map(() => outcome('ann')))).toEqual(Array(3).fill('broken'));
  loadMemberships = (userIds) => opened.store.loadMemberships(userIds);
  expect(counted(await Promise.all(times(5).map(() => outcome('ann'))))).toEqual({ in: 3, tooManyConnections: 2 });
  expect(await outcome('bob')).toBe('in');
});
