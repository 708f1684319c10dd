import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { isAtRest, writeAtRest } from './handle-write.ts';

/** A socket of which only this is known, and what its stream was given. */
function strange(inside: object) {
  const written: Uint8Array[] = [];
  const write = (bytes: Uint8Array) => written.push(bytes) > 0;
  const socket = { writableLength: 0, writableCorked: 0, write, ...inside } as unknown as Socket;
  return { socket, written };
}

const bytes = Buffer.from('a frame');

test.each([
  ['has no handle', {}],
  ['has another handle', { _handle: {} }],
  ['refuses what it is given', { _handle: { writeBuffer: () => -32 } }],
])('a socket that %s is written to by its stream', (_what, inside) => {
  const { socket, written } = strange(inside);
  expect(isAtRest(socket)).toBe(true);
  expect(writeAtRest(socket, bytes)).toBe('taken');
  expect(written).toEqual([bytes]);
});

test.each([
  ['is encrypted', { encrypted: true }],
  ['has bytes that wait', { writableLength: 1 }],
  ['is corked', { writableCorked: 1 }],
])('a socket that %s is not at rest', (_what, inside) => {
  expect(isAtRest(strange(inside).socket)).toBe(false);
});
