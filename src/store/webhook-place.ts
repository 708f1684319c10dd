import type { Straggler, WebhookPlace } from '../app/ports.ts';

/** A row's place. Who has come as far as the webhook, since that was set back, is no straggler any more. */
export function placeOf(storedPosition: unknown, stragglersJson: unknown): WebhookPlace {
  const position = Number(storedPosition);
  const known = JSON.parse(String(stragglersJson)) as readonly Straggler[];
  return { position, stragglers: known.filter((straggler) => straggler.position < position) };
}
