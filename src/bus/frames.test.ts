import { describe, expect, test } from 'vitest';
import { Frames } from './frames.ts';

const log = { secret: 'the secret of the log', epoch: 'e1' };
const minuteMs = 60_000;

describe('frames between nodes', () => {
  let now = 1_760_000_000_000;
  const clock = () => now;
  const open = (node: string, more: Partial<typeof log> = {}) => new Frames(node, { ...log, ...more }, clock);

  test('are read by the other nodes of the log, as they were written', () => {
    const [a, b] = [open('a'), open('b')];
    expect(b.read(a.write({ head: 7 }))).toMatchObject({ node: 'a', head: 7 });
    expect(a.channel).toBe(b.channel);
  });

  test('are nothing when a single character was changed, or moved to another place', () => {
    const [a, b] = [open('a'), open('b')];
    const frame = a.write({ head: 7 });
    for (let at = 0; at < frame.length; at++) {
      const other = frame[at] === 'x' ? 'y' : 'x';
      expect(b.read(frame.slice(0, at) + other + frame.slice(at + 1))).toBeUndefined();
    }
    expect(b.read(frame)).toBeDefined();
  });

  test.each([
    '',
    '{}',
    'x'.repeat(100),
    '💐'.repeat(50),
    JSON.stringify({ node: 'a', number: 1, epoch: 'e1', head: 9 }),
  ])('are nothing when nobody signed them: %s', (text) => {
    expect(open('b').read(text)).toBeUndefined();
  });

  test('are nothing when another log’s secret signed them, or they tell of another history', () => {
    expect(open('b').read(open('a', { secret: 'guessed' }).write({ head: 7 }))).toBeUndefined();
    expect(open('b').read(open('a', { epoch: 'e0' }).write({ head: 7 }))).toBeUndefined();
  });

  test('are heard once, and never behind a later one', () => {
    const [a, b] = [open('a'), open('b')];
    const [first, second] = [a.write({ head: 1 }), a.write({ head: 2 })];
    expect(b.read(second)).toBeDefined();
    expect(b.read(second)).toBeUndefined();
    expect(b.read(first)).toBeUndefined();
    const third = a.write({ head: 3 });
    expect(b.read(third)).toMatchObject({ head: 3 });
    // Nor when somebody else is heard for the first time meanwhile.
    expect(b.read(open('c').write({}))).toBeDefined();
    expect(b.read(third)).toBeUndefined();
  });

  test('are nothing when they are old and their node was never heard, or long ago', () => {
    const [a, b] = [open('a'), open('b')];
    const [early, later] = [a.write({ head: 1 }), a.write({ head: 2 })];
    now += minuteMs + 1;
    expect(b.read(early)).toBeUndefined();
    expect(b.read(a.write({ head: 3 }))).toBeDefined();
    now += 10 * minuteMs;
    // Hearing a newcomer is when the silent are forgotten.
    expect(b.read(open('c').write({}))).toBeDefined();
    expect(b.read(later)).toBeUndefined();
  });

  test('say nothing of the secret, nor of the log to whoever sees the channel', () => {
    const a = open('a');
    expect(a.write({ head: 1 }) + a.channel).not.toContain(log.secret);
    expect(open('a', { secret: 'another' }).channel).not.toBe(a.channel);
  });
});
