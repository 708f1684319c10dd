import { beforeEach, describe, expect, test } from 'vitest';
import { openNode } from '../../test/harness/gateway-scene.ts';
import { connect } from '../../test/harness/links.ts';
import { openTemporaryStore } from '../../test/harness/use-cases.ts';
import type { Connection } from './connection.ts';
import { takeEvent } from './rate-limit.ts';

const allowance = { perSecond: 50, burst: 200 };
const start = 1_760_000_000_000;

let connection: Connection;
let now: number;
beforeEach(() => {
  connection = connect('ann').connection;
  now = start;
});

/** Sends so many events evenly over so many milliseconds; how many of each verdict there were. */
function send(count: number, overMs: number) {
  const verdicts = { allowed: 0, refused: 0, abuse: 0, said: 0 };
  const from = now;
  for (let i = 0; i < count; i++) {
    now = from + Math.floor((i * overMs) / count);
    const verdict = takeEvent(connection, allowance, now);
    verdicts[verdict.is]++;
    if (verdict.is === 'refused' && verdict.saySo) verdicts.said++;
    if (verdict.is === 'abuse') break;
  }
  now = Math.max(now, from + overMs);
  return verdicts;
}

describe('the events of a connection', () => {
  test('are allowed in a burst, as of a page that just opened', () => {
    expect(send(200, 0)).toMatchObject({ allowed: 200, refused: 0 });
    expect(send(1, 0)).toMatchObject({ refused: 1 });
  });

  test('at the limit are allowed for ever', () => {
    expect(send(200, 0)).toMatchObject({ allowed: 200 });
    expect(send(50 * 60, 60_000).refused).toBeLessThanOrEqual(1);
  });

  test('a little above the limit are slowed down to it, and never the end', () => {
    send(200, 0);
    const { allowed, abuse } = send(60 * 60, 60_000);
    expect(abuse).toBe(0);
    expect(allowed).toBeGreaterThan(49 * 60);
  });

  test('in a flood are refused, and the end after ten seconds of it', () => {
    send(2000, 2000);
    const floodedSince = now;
    const { allowed, abuse } = send(1000 * 20, 20_000);
    expect([allowed, abuse]).toEqual([0, 1]);
    expect(now - floodedSince).toBeGreaterThanOrEqual(8_000);
  });

  test('that are far too many for a second alone are no flood', () => {
    send(200, 0);
    expect(send(500, 1000).refused).toBeGreaterThan(400);
    expect(send(60, 1000).allowed).toBeGreaterThan(45);
  });

  test('that come when it was said that they may come are allowed, after a flood too', () => {
    send(2000, 2000);
    const refused = takeEvent(connection, allowance, now);
    if (refused.is !== 'refused') throw new Error('should have been refused');
    expect(takeEvent(connection, allowance, now + refused.retryAfterMs)).toEqual({ is: 'allowed' });
  });

  test('that are few again after a flood are no flood any more', () => {
    send(2000, 2000);
    now += 1000;
    const after = send(60, 60_000);
    expect(after.abuse).toBe(0);
    expect(after.allowed).toBeGreaterThanOrEqual(59);
  });

  test('are refused with a word about it once a second, with when to come back each time', () => {
    send(200, 0);
    expect(send(40, 400)).toMatchObject({ said: 1 });
    const refused = Array.from({ length: 30 }, () => takeEvent(connection, allowance, now));
    for (const verdict of refused) if (verdict.is === 'refused') expect(verdict.retryAfterMs).toBeGreaterThan(0);
  });
});

test('what cannot be read is slowed down like any event, and the refusals thinned out alike', async () => {
  await using opened = await openTemporaryStore();
  using node = await openNode(opened.store, { events: { perSecond: 5, burst: 10 } });
  const { connection: ann, link } = await node.connect('ann', '/chat');
  for (let n = 0; n < 100; n++) node.gateway.door('/chat').listener.onMalformed(ann);
  node.gateway.flush.now();
  const codes = link.packets.map((packet) => /"code":"(\w+)"/.exec(packet)?.[1]);
  expect(codes).toEqual([...Array(10).fill('MALFORMED'), 'RATE_LIMITED']);
});
