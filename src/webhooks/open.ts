import { type KeeperParts, WebhookKeeper } from './keeper.ts';
import { postOverHttp } from './post.ts';

const firstRetryMs = 1_000;

type WebhookOptions = Omit<KeeperParts, 'post' | 'limits'> & {
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly lastRetryMs: number;
};

/** Begins to follow the log for whoever wants to be told, once this node may. Rejects when the store cannot answer. */
export async function openWebhooks({
  timeoutMs,
  attempts,
  lastRetryMs,
  ...parts
}: WebhookOptions): Promise<WebhookKeeper> {
  const limits = { attempts, firstRetryMs: Math.min(firstRetryMs, lastRetryMs), lastRetryMs };
  const keeper = new WebhookKeeper({ ...parts, post: postOverHttp(timeoutMs), limits });
  try {
    await keeper.start();
  } catch (error) {
    await keeper[Symbol.asyncDispose]();
    throw error;
  }
  return keeper;
}

/** What the settings describe, once it is known that there are such events. Throws with what to do. */
export function checkedWebhook(
  webhook: KeeperParts['configured'],
  names: readonly string[],
): KeeperParts['configured'] {
  const unknown = webhook?.events.find((name) => !names.includes(name));
  if (unknown === undefined) return webhook;
  throw new Error(`WEBHOOK_EVENTS names "${unknown}", which is no event. Use any of: ${names.join(', ')}.`);
}
