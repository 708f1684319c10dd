import { isWebAddress } from './forms.ts';
import { type Refusal, refuse } from './refusals.ts';

/** What an address must be like that the host application wants to be told at. */

/** How many there may be. */
export const webhooksLimit = 20;
/** Characters of a secret, both included. */
export const secretLimits = { from: 16, to: 200 };

/**
 * Absolute, http or https, without a name and password in it: those would be shown to whoever lists webhooks. Where it leads is
 * the host's own affair, which may well be an address inside.
 */
export function checkWebhookUrl(url: string): Refusal | undefined {
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
  if (isWebAddress(url) && authority !== undefined && !authority.includes('@')) return undefined;
  return refuse('INVALID', {
    message: 'The address of a webhook must be an absolute http or https URL, without a user name or password in it.',
  });
}
