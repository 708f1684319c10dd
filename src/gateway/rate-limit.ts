import { type Allowance, Bucket } from '../app/allowances.ts';
import type { TimeMs } from '../core/model.ts';
import type { Connection } from './connection.ts';

/** How long a connection may hear nothing but refusals before it is ended. */
const patienceMs = 10_000;

export type Verdict =
  | { readonly is: 'allowed' }
  | {
      readonly is: 'refused';
      readonly retryAfterMs: number /** Error events are thinned out, acknowledgements are not. */;
      readonly saySo: boolean;
    }
  | { readonly is: 'abuse' };

const allowed: Verdict = { is: 'allowed' };

/**
 * The events of one connection. A little too fast is slowed down to the limit; whoever floods at more than twice of it is
 * refused everything until they pause, and ended after ten seconds of nothing but refusals.
 */
export function takeEvent(connection: Connection, allowance: Allowance, now: TimeMs): Verdict {
  connection.bucket ??= new Bucket(allowance, now);
  const { refusals } = connection;
  const second = Math.floor(now / 1000);
  const isFlood = refusals.inThisSecond > allowance.perSecond && second - refusals.second <= 1;
  const retryAfterMs = isFlood ? 1000 : connection.bucket.take(allowance, now);
  if (retryAfterMs === 0) {
    refusals.since = 0;
    return allowed;
  }
  if (refusals.second !== second) {
    // A flood that goes on is still one: its count is carried into the second in which it continues.
    refusals.inThisSecond = isFlood ? allowance.perSecond : 0;
    refusals.second = second;
  }
  refusals.inThisSecond++;
  if (refusals.since === 0) refusals.since = now;
  if (now - refusals.since >= patienceMs) return { is: 'abuse' };
  const saySo = now - refusals.lastErrorAt >= 1000;
  if (saySo) refusals.lastErrorAt = now;
  return { is: 'refused', retryAfterMs, saySo };
}
