import { type Allowance, Bucket } from '../app/allowances.ts';
import type { TimeMs } from '../core/model.ts';
import type { Connection, Refusals } from './connection.ts';

/** How long a connection may hear nothing but refusals before it is ended. */
const patienceMs = 10_000;

export type Verdict =
  | { readonly is: 'allowed' }
  | {
      readonly is: 'refused';
      readonly retryAfterMs: number;
      /** Error events are thinned out, acknowledgements are not. */
      readonly saySo: boolean;
    }
  | { readonly is: 'abuse' };

const allowed: Verdict = { is: 'allowed' };

/**
 * The events of one connection. A little too fast, or much at once, is slowed down to the limit; after two seconds in a row with
 * more refusals than the limit allows events, everything is refused until the flood has ebbed, and ten seconds of nothing but
 * refusals are the end.
 */
export function takeEvent(connection: Connection, allowance: Allowance, now: TimeMs): Verdict {
  connection.bucket ??= new Bucket(allowance, now);
  const floodUntil = connection.refusals ? ebbOf(connection.refusals, allowance, now) : 0;
  const retryAfterMs = floodUntil > now ? floodUntil - now : connection.bucket.take(allowance, now);
  if (retryAfterMs === 0) {
    if (connection.refusals) connection.refusals.since = 0;
    return allowed;
  }
  connection.refusals ??= firstRefusal(now);
  const { refusals } = connection;
  refusals.inThisSecond++;
  if (refusals.since === 0) refusals.since = now;
  if (now - refusals.since >= patienceMs) return { is: 'abuse' };
  const saySo = now - refusals.lastErrorAt >= 1000;
  if (saySo) refusals.lastErrorAt = now;
  return { is: 'refused', retryAfterMs, saySo };
}

function firstRefusal(now: TimeMs): Refusals {
  return { since: 0, second: secondOf(now), inThisSecond: 0, inLastSecond: 0, lastErrorAt: 0, floodUntil: 0 };
}

/** Until when everything is refused. */
function ebbOf(refusals: Refusals, { perSecond }: Allowance, now: TimeMs): TimeMs {
  const second = secondOf(now);
  if (refusals.second !== second) {
    refusals.inLastSecond = refusals.second === second - 1 ? refusals.inThisSecond : 0;
    refusals.inThisSecond = 0;
    refusals.second = second;
  }
  const isFlood = refusals.inLastSecond > perSecond && refusals.inThisSecond > perSecond;
  if (isFlood) refusals.floodUntil = (second + 2) * 1000;
  return refusals.floodUntil;
}

const secondOf = (now: TimeMs): number => Math.floor(now / 1000);
