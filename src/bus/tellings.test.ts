import { expect, test } from 'vitest';
import type { Telling } from '../app/ports.ts';
import { Frames } from './frames.ts';
import { packTelling, readHead, writePayloads } from './tellings.ts';

const log = { secret: 'of the log', epoch: 'e'.repeat(32) };
const named = (name: string): Telling => ({ tells: 'taken', taken: [[name, 1]] });

test('payloads carry all tellings in their order, and PostgreSQL takes every one', () => {
  const lengths = [
    ...Array.from({ length: 40 }, (_, n) => n * 200),
    ...Array.from({ length: 900 }, (_, n) => 7_000 + n),
    ...Array.from({ length: 1_000 }, () => 0),
  ];
  const tellings = lengths.map((length) => named('💐'.repeat(length / 4)));
  const packed = tellings.map(packTelling).filter((one) => one !== undefined);
  expect(packed.length).toBeGreaterThan(500);
  expect(packed.length).toBeLessThan(tellings.length);
  const payloads = writePayloads(packed, new Frames('n'.repeat(24), log));
  expect(Math.max(...payloads.map((payload) => Buffer.byteLength(payload)))).toBeLessThan(8_000);
  expect(payloads.length).toBeLessThan(packed.length);
  const reader = new Frames('reader', log);
  expect(payloads.flatMap((payload) => reader.read(payload)?.told ?? [])).toEqual(packed.map(({ telling }) => telling));
});

test('what is short travels together, also behind what was long', () => {
  const tellings = ['x'.repeat(7_500), ...Array.from({ length: 100 }, (_, n) => `${n}`)].map(named);
  const packed = tellings.map(packTelling).filter((one) => one !== undefined);
  expect(writePayloads(packed, new Frames('n', log))).toHaveLength(2);
});

test.each([
  ['12 a node', { position: 12, node: 'a node' }],
  ['0 ', { position: 0, node: '' }],
  ['12', undefined],
  ['', undefined],
  ['-1 n', undefined],
  ['1.5 n', undefined],
  ['1234567890123456 n', undefined],
])('of the payload %j the head is read, or nothing', (payload, head) => {
  expect(readHead(payload)).toEqual(head);
});
