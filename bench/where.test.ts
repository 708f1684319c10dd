import { expect, test } from 'vitest';
import { ownerOf, shares } from './where.ts';

test.each([
  ['writeBuffer', '', 'writing to sockets, the system included'],
  ['(garbage collector)', '', 'garbage collection'],
  ['onPacket', 'file:///x/node_modules/engine.io/build/socket.js', 'engine.io'],
  ['check', 'file:///x/node_modules/@fastify/cors/index.js', '@fastify/cors'],
  ['emit', 'node:events', "Node's own streams, events and timers"],
  ['publish', 'file:///x/src/gateway/hub.ts', 'src/gateway'],
  ['nowMs', 'file:///x/src/server.ts', 'src/server.ts'],
  ['(idle)', '', undefined],
])('the time of %s in "%s" is that of %s', (functionName, url, owner) => {
  expect(ownerOf(functionName, url)).toBe(owner);
});

test('shares are of the busy time, largest first', () => {
  const node = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });
  const nodes = [node(1, '(idle)', ''), node(2, 'a', '/src/app/a.ts'), node(3, 'b', '/src/core/b.ts')];
  expect(shares({ nodes, samples: [1, 2, 3, 3], timeDeltas: [90, 1, 1, 2] })).toEqual([
    ['src/core', 0.75],
    ['src/app', 0.25],
  ]);
});

test('only what lies between two times counts', () => {
  const node = (id: number, url: string) => ({ id, callFrame: { functionName: 'f', url } });
  const profile = {
    nodes: [node(1, '/src/app/a.ts'), node(2, '/src/core/b.ts')],
    samples: [1, 2, 1, 2],
    timeDeltas: [10, 10, 10, 10],
  };
  expect(shares(profile, 10, 20)).toEqual([['src/core', 1]]);
  expect(shares(profile, 30)).toEqual([['src/core', 1]]);
});
