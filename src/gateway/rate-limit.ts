import { type Allowance, Bucket } from '../app/allowances.ts';
import type { TimeMs } from '../core/model.ts';
import type { Connection } from './connection.ts';

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
  const { refusals } = connection;
  const second = Math.floor(now / 1000);
  if (refusals.second !== second) {
    refusals.inLastSecond = refusals.second === second - 1 ? refusals.inThisSecond : 0;
    refusals.inThisSecond = 0;
    refusals.second = second;
  }
  const isFlood = refusals.inLastSecond > allowance.perSecond && refusals.inThisSecond > allowance.perSecond;
  if (isFlood) refusals.floodUntil = (second + 2) * 1000;
  const { floodUntil } = refusals;
  const retryAfterMs = floodUntil > now ? floodUntil - now : connection.bucket.take(allowance, now);
  if (retryAfterMs === 0) {
    refusals.since = 0;
    return allowed;
  }
  refusals.inThisSecond++;
  if (refusals.since === 0) refusals.since = now;
  if (now - refusals.since >= patienceMs) return { is: 'abuse' };
  const saySo = now - refusals.lastErrorAt >= 1000;
  if (saySo) refusals.lastErrorAt = now;
  return { is: 'refused', retryAfterMs, saySo };
}
