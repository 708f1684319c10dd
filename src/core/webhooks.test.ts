import { expect, test } from 'vitest';
import { checkWebhookUrl } from './webhooks.ts';

test.each(['https://example.org/told', 'http://127.0.0.1:9000', 'HTTPS://EXAMPLE.ORG/@told?by=a@b'])(
  'a webhook may be told at %s',
  (url) => {
    expect(checkWebhookUrl(url)).toBeUndefined();
  },
);

test.each([
  'https://name:password@example.org/',
  'http://name@example.org',
  'ftp://example.org',
  'example.org',
  'https://',
])('a webhook cannot be told at %s', (url) => {
  expect(checkWebhookUrl(url)?.refused).toBe('INVALID');
});
