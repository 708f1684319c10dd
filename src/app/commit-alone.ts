import type { Decision } from '../core/decisions.ts';
import { type Refusal, refuse } from '../core/refusals.ts';
import type { House } from './context.ts';
import { unavailableRetryMs } from './lanes.ts';
import { type AppendOutcome, StoreUnavailable } from './ports.ts';

/** Commits a decision that stands on nothing, and so waits in no lane. Where there is nothing to write it is done at once. */
export async function commitAlone(
  house: House,
  decision: Decision,
): Promise<Extract<AppendOutcome, { ok: true }> | Refusal> {
  if (decision.drafts.length === 0) return { ok: true, entries: [] };
  const outcome = await house.commit.append({ at: house.clock.nowMs(), ...decision });
  if (outcome instanceof StoreUnavailable) return refuse('UNAVAILABLE', { retryAfterMs: unavailableRetryMs });
  if (!outcome.ok) throw new Error('A decision without preconditions was turned down.');
  return outcome;
}
