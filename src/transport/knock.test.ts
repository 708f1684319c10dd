import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { readKnock } from './knock.ts';

const headers = {
  host: 'inside:8000',
  'x-forwarded-for': '6.6.6.6, 203.0.113.7',
  'x-forwarded-host': 'made-up.example, chat.example',
  'x-forwarded-proto': 'http, https',
};
const request = { headers, url: '/', socket: {} } as unknown as IncomingMessage;
const shown = { auth: {}, canResume: false, room: '', dialectNames: [] };

describe('where a client comes from', () => {
  test('is what the socket says, whatever headers claim', () => {
    const knock = readKnock(request, '10.0.0.1', { ...shown, isProxyTrusted: false });
    expect(knock).toMatchObject({ address: '10.0.0.1', host: 'inside:8000', isSecure: false });
  });

  test('is what a trusted proxy has seen itself, not what it was told', () => {
    const knock = readKnock(request, '10.0.0.1', { ...shown, isProxyTrusted: true });
    expect(knock).toMatchObject({ address: '203.0.113.7', host: 'chat.example', isSecure: true });
  });

  test('is what the socket says where a trusted proxy says nothing', () => {
    const bare = { headers: { host: 'inside:8000' }, url: '/', socket: {} } as unknown as IncomingMessage;
    const knock = readKnock(bare, '10.0.0.1', { ...shown, isProxyTrusted: true });
    expect(knock).toMatchObject({ address: '10.0.0.1', host: 'inside:8000', isSecure: false });
  });
});
