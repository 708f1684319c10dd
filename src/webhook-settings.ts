import { anyWebAddress, ConfigError, list, optional, secret, whole } from './setting.ts';

/** Who is told of what happens, beside those webhooks that the host application makes over HTTP. */
export const webhookSettings = {
  url: optional(
    'WEBHOOK_URL',
    'an absolute http(s) address',
    'Where the host application is told of what happens; it may make further webhooks over HTTP.',
    anyWebAddress,
  ),
  secret: secret('WEBHOOK_SECRET', 'a text of 16 characters or more', 'Signs what is sent there.', (value) =>
    value.length >= 16 ? value : undefined,
  ),
  events: list('WEBHOOK_EVENTS', [], 'a comma list', 'The types of events that are sent there; empty, all.'),
  timeoutMs: whole('WEBHOOK_TIMEOUT_MS', 10_000, 'How long a webhook may take to answer.', { from: 100, to: 120_000 }),
  attempts: whole('WEBHOOK_ATTEMPTS', 12, 'Attempts at one event until it is parked.', { from: 1, to: 100 }),
  lastRetryMs: whole(
    'WEBHOOK_RETRY_MS',
    300_000,
    'The longest time between two attempts; the first comes after a second, each later one after twice as long.',
    { from: 100, to: 86_400_000 },
  ),
} as const;

type Values = { readonly [K in keyof typeof webhookSettings]: (typeof webhookSettings)[K]['default'] };

/** The webhook that the settings describe; undefined for none. Throws {@link ConfigError} when it is not complete. */
export function configuredWebhook({ url, secret: key, events }: Values) {
  if (url === undefined) {
    if (key === undefined && events.length === 0) return undefined;
    const [name] = [key === undefined ? webhookSettings.events.name : webhookSettings.secret.name];
    throw new ConfigError(name, 'is set, but WEBHOOK_URL is not. Set it too, or remove this one.');
  }
  if (key === undefined) throw new ConfigError('WEBHOOK_SECRET', 'is missing: WEBHOOK_URL is set. Set it too.');
  return { url, secret: key, events };
}
