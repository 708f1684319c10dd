import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpFixture, openHttp, withHttp } from '../../test/harness/http-fixture.ts';

let http: HttpFixture;
beforeAll(async () => {
  http = await openHttp();
});
afterAll(async () => {
  await http[Symbol.asyncDispose]();
});

test('the first page loads nothing from elsewhere, and no script that stands in it', async () => {
  const { status, headers, text } = await http.call('GET', '/');
  expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(text).not.toMatch(/<script(?![^>]*\ssrc="\/)|(?:src|href)="(?!\/)|@import|\son\w+=/);
  expect(headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
  expect(headers.get('strict-transport-security')).toBeNull();
});

test('behind https addresses to copy are the public ones, and browsers are told to stay there', async () => {
  await withHttp({ publicUrl: 'https://chat.example.com/' }, async (secure) => {
    const { headers, text } = await secure.call('GET', '/docs/rooms');
    expect(text).toContain('wss://chat.example.com/ws/chat/');
    expect(text).not.toContain('localhost');
    expect(headers.get('content-security-policy')).toContain('upgrade-insecure-requests');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d+$/);
  });
});

test('behind a proxy that serves it below a path, code to copy connects there', async () => {
  await withHttp({ publicUrl: 'https://example.com/talk/' }, async ({ call }) => {
    const codeOf = async (name: string): Promise<string> => {
      const { json } = await call<{ channels: { connection: { 'x-client-code': string } } }>(
        'GET',
        `/docs/${name}.json`,
      );
      return json.channels.connection['x-client-code'];
    };
    expect(await codeOf('kenz')).toContain("io('https://example.com', { path: '/talk/socket.io', auth: {");
    expect(await codeOf('messaging')).toContain("io('https://example.com/chat', { path: '/talk/socket.io', auth: {");
    expect(await codeOf('rooms')).toContain('wss://example.com/talk/ws/chat/');
  });
});

test('a hostile Host header does not reach a page', async () => {
  const hostile = '"><script>alert(1)</script>';
  const answer = await http.raw(`GET /docs/rooms HTTP/1.1\r\nHost: ${hostile}\r\nConnection: close\r\n\r\n`);
  expect(answer).not.toContain('<script>');
  expect(answer).toContain('ws://localhost/ws/chat/');
});

test('Swagger UI is served whole, and /swagger leads there', async () => {
  const bare = await fetch(`${http.base}/swagger`);
  expect(bare.status).toBe(200);
  const page = await http.call('GET', '/swagger/');
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source as string);
  expect(sources.length).toBeGreaterThan(3);
  for (const source of sources) {
    expect((await fetch(new URL(source, `${http.base}/swagger/`))).status).toBe(200);
  }
});
