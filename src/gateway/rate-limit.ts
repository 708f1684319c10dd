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
 * The events of one connection. A little too fast is slowed down to the limit; after a second with more refusals than the limit
 * allows events, everything is refused until the flood has ebbed, and ten seconds of nothing but refusals are the end.
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
  const floodUntil = floodEnd(refusals, allowance);
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

/** Until when everything is refused, if nothing more comes; 0 where there is no flood. */
function floodEnd({ second, inThisSecond, inLastSecond }: Connection['refusals'], { perSecond }: Allowance): TimeMs {
  if (inThisSecond > perSecond) return (second + 2) * 1000;
  return inLastSecond > perSecond ? (second + 1) * 1000 : 0;
}
