import { expect, test } from 'vitest';
import type { Telling } from '../app/ports.ts';
import { Frames } from './frames.ts';
import { packTelling, writePayloads } from './tellings.ts';

const log = { secret: 'of the log', epoch: 'e'.repeat(32) };
const named = (name: string): Telling => ({ tells: 'taken', taken: [[name, 1]] });

test('payloads carry all tellings in their order, and PostgreSQL takes every one', () => {
  const lengths = [
    ...Array.from({ length: 40 }, (_, n) => n * 200),
    ...Array.from({ length: 900 }, (_, n) => 7_000 + n),
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
