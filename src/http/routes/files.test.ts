import { readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { as, asHost, type HttpFixture, openHttp } from '../../../test/harness/http-fixture.ts';
import type { Blobs } from '../../app/ports.ts';
import { refuse } from '../../core/refusals.ts';
import type { ErrorJson, FileJson } from '../schemas.ts';

let http: HttpFixture;
beforeEach(async () => {
  http = await openHttp();
});
afterEach(async () => {
  await http[Symbol.asyncDispose]();
});

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('the rest of it')]);

async function upload(
  content: string | Buffer,
  { name = 'a.png', type = 'image/png', field = 'file', headers = as('1') as Record<string, string> } = {},
): Promise<{ status: number; json: FileJson & ErrorJson }> {
  const form = new FormData();
  form.append(field, new Blob([new Uint8Array(Buffer.from(content))], { type }), name);
  const response = await fetch(`${http.base}/api/v1/files`, { method: 'POST', headers, body: form });
  return { status: response.status, json: (await response.json()) as FileJson & ErrorJson };
}

/** A form written by hand, for what no client library would send. */
function formOf(
  disposition: string,
  content = 'x',
  type = 'text/plain',
): { headers: Record<string, string>; body: string } {
  return {
    headers: { ...as('1'), 'content-type': 'multipart/form-data; boundary=b' },
    body: `--b\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${type}\r\n\r\n${content}\r\n--b--\r\n`,
  };
}

/** Every file below the folder, folders left out. */
async function filesLeft(): Promise<string[]> {
  const all = await readdir(http.directory, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('uploading', () => {
  test('answers 201 with an address that serves the very bytes', async () => {
    const { status, json } = await upload(png);
    expect(status).toBe(201);
    expect(json).toEqual({
      id: expect.stringMatching(/^[\w-]{16,}$/),
      url: `${http.base}/files/${json.id}/a.png`,
      type: 'image/png',
      name: 'a.png',
      size: png.length,
    });
    const served = await fetch(json.url);
    expect(Buffer.from(await served.arrayBuffer())).toEqual(png);
    expect(http.house.files.get(json.id)?.uploadedBy).toBe('1');
  });

  test('to a disk that fails is nobody’s fault but ours, and counts for nothing', async () => {
    await http[Symbol.asyncDispose]();
    const write = () => Promise.reject(new Error('a broken disk'));
    http = await openHttp({ blobs: { write } as unknown as Blobs });
    const { status, json } = await upload(png);
    expect([status, json.error.code]).toEqual([500, 'INTERNAL']);
    expect(http.house.uploaded).toEqual([{ userId: '1', sizeBytes: 0 }]);
  });

  test('by the host belongs to nobody', async () => {
    const { json } = await upload(png, { headers: asHost });
    expect(http.house.files.get(json.id)?.uploadedBy).toBeNull();
  });

  test('counts for its user, who is refused when it was too much, and leaves nothing then; the host is not counted', async () => {
    await upload(png);
    await upload(png, { headers: asHost });
    expect(http.house.uploaded).toEqual([{ userId: '1', sizeBytes: png.length }]);
    http.house.refuseUploads = refuse('RATE_LIMITED', { retryAfterMs: 2_500 });
    const { status, json } = await upload(Buffer.alloc(20_000_000));
    expect([status, json.error.code]).toEqual([429, 'RATE_LIMITED']);
    expect((await upload(png, { headers: asHost })).status).toBe(201);
    expect(await filesLeft()).toHaveLength(3);
  });

  test('an empty file is a file', async () => {
    const { status, json } = await upload('', { name: 'empty.txt', type: 'text/plain' });
    expect([status, json.size]).toEqual([201, 0]);
    const served = await fetch(json.url);
    expect([served.status, await served.text()]).toEqual([200, '']);
  });

  test('up to the limit is taken, one byte more is refused and leaves nothing', async () => {
    expect((await upload(Buffer.alloc(100_000))).status).toBe(201);
    expect(await filesLeft()).toHaveLength(1);
    const { status, json } = await upload(Buffer.alloc(100_001));
    expect([status, json.error.code]).toEqual([413, 'TOO_LARGE']);
    expect(await filesLeft()).toHaveLength(1);
    expect(http.house.files.size).toBe(1);
    expect(http.house.uploadingBytes).toBe(0);
  });

  test('far beyond the limit the client still reads why', async () => {
    for (let i = 0; i < 3; i++) {
      const { status, json } = await upload(Buffer.alloc(20_000_000));
      expect([status, json.error.code]).toEqual([413, 'TOO_LARGE']);
    }
    expect(await filesLeft()).toEqual([]);
  });

  test('without a length is cut off at the limit as well', async () => {
    const { headers } = formOf('');
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n');
      for (let i = 0; i < 200; i++) yield Buffer.alloc(10_000);
      yield Buffer.from('\r\n--b--\r\n');
    }
    const response = await fetch(`${http.base}/api/v1/files`, {
      method: 'POST',
      headers,
      body: body(),
      duplex: 'half',
    });
    expect(response.status).toBe(413);
    expect(await filesLeft()).toEqual([]);
  });

  test('what is no form with a file in the right field is refused in words', async () => {
    expect((await upload(png, { field: 'picture' })).status).toBe(400);
    const post = (headers: Record<string, string>, body: string) => http.call('POST', '/api/v1/files', headers, body);
    const form = { ...as('1'), 'content-type': 'multipart/form-data; boundary=b' };
    for (const body of [
      '',
      'nonsense',
      '--b--\r\n',
      '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n',
    ]) {
      const { status, json } = await post(form, body);
      expect([body, status]).toEqual([body, 400]);
      expect(json.error.message).toContain('form');
    }
    expect((await post({ ...as('1'), 'content-type': 'multipart/form-data' }, 'x')).status).toBe(400);
    expect((await post({ ...as('1'), 'content-type': 'application/json' }, '{}')).status).toBe(415);
    expect((await post({ ...as('1'), 'content-type': 'image/png' }, 'x')).status).toBe(415);
    expect((await upload(png, { headers: {} })).status).toBe(401);
    expect(await filesLeft()).toEqual([]);
  });

  test('a form that ends early leaves nothing', async () => {
    const { headers, body } = formOf('form-data; name="file"; filename="x"', 'x'.repeat(5000));
    const { status, json } = await http.call('POST', '/api/v1/files', headers, body.slice(0, 3000));
    expect([status, json.error.code]).toEqual([400, 'MALFORMED']);
    expect(await filesLeft()).toEqual([]);
  });

  test('a client that goes away in the middle leaves nothing, and the server goes on', async () => {
    const sent = request({
      host: '127.0.0.1',
      port: http.port,
      path: '/api/v1/files',
      method: 'POST',
      headers: { ...as('1'), 'content-type': 'multipart/form-data; boundary=b', 'content-length': 90_000 },
    });
    sent.on('error', () => {});
    sent.write('--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n');
    sent.write(Buffer.alloc(50_000));
    await expect.poll(filesLeft).toHaveLength(1);
    sent.destroy();
    await expect.poll(filesLeft).toEqual([]);
    expect(http.house.files.size).toBe(0);
    expect((await upload(png)).status).toBe(201);
  });

  test('a store that cannot write leaves nothing', async () => {
    http.house.isDown = true;
    const { status, json } = await upload(png);
    expect([status, json.error.code]).toEqual([503, 'UNAVAILABLE']);
    expect(await filesLeft()).toEqual([]);
  });
});

describe('hostile names', () => {
  const names: [string, string][] = [
    ['../../etc/passwd', 'passwd'],
    ['..\\\\..\\\\boot.ini', 'boot.ini'],
    ['..', 'file'],
    ['.', 'file'],
    ['a/', 'file'],
    ['C:\\\\x.txt', 'x.txt'],
    ['hällo wörld 漢字 👋.txt', 'hällo wörld 漢字 👋.txt'],
    ['it\'s; \\"quoted\\"%0d%0a.txt', 'it\'s; "quoted"%0d%0a.txt'],
    ['tab\there\u0000\u0007.txt', 'tabhere.txt'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    [`${'n'.repeat(500)}.txt`, `${'n'.repeat(116)}.txt`],
  ];

  for (const [given, kept] of names) {
    test(JSON.stringify(given.slice(0, 40)), async () => {
      const { headers, body } = formOf(`form-data; name="file"; filename="${given}"`);
      const { status, json } = await http.call<FileJson>('POST', '/api/v1/files', headers, body);
      expect([status, json.name]).toEqual([201, kept]);
      const served = await fetch(json.url);
      expect([served.status, await served.text()]).toEqual([200, 'x']);
      const disposition = served.headers.get('content-disposition') ?? '';
      expect(disposition).toMatch(/^attachment; filename="[^"\\]*"; filename\*=UTF-8''[\w.%~!&+^`|#$-]*$/);
      expect(decodeURIComponent(disposition.split("''")[1] ?? '')).toBe(kept);
    });
  }

  test('line breaks in a name cannot add headers', async () => {
    const { headers, body } = formOf('form-data; name="file"; filename="a%0D%0ASet-Cookie: x=1.txt"');
    const { json } = await http.call<FileJson>('POST', '/api/v1/files', headers, body);
    const served = await fetch(json.url);
    expect(served.headers.get('set-cookie')).toBeNull();
  });
});

describe('serving', () => {
  test('needs nothing but the address, with or without the name', async () => {
    const { json } = await upload(png);
    for (const path of [`/files/${json.id}`, `/files/${json.id}/a.png`, `/files/${json.id}/other`]) {
      expect((await http.call('GET', path)).status).toBe(200);
    }
  });

  test('may be kept by the reader only, shown elsewhere, and never run', async () => {
    const { json } = await upload(png);
    const { headers } = await http.call('GET', new URL(json.url).pathname);
    expect(headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(headers.get('content-type')).toBe('image/png');
    expect(headers.get('content-disposition')).toMatch(/^inline;/);
  });

  test('markup, scripts and false images are handed over to be saved, never shown', async () => {
    const html = '<!doctype html><script>alert(1)</script>';
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    const hostile: [string, string, string][] = [
      [html, 'text/html', 'x.html'],
      [svg, 'image/svg+xml', 'x.svg'],
      [html, 'image/png', 'x.png'],
      [html, 'application/xhtml+xml', 'x.xhtml'],
      [html, 'text/xml', 'x.xml'],
      [html, 'text/javascript', 'x.js'],
      [html, 'TEXT/HTML; charset=utf-8', 'x'],
      [html, 'application/pdf', 'x.pdf'],
      [html, 'video/mp4, text/html', 'x.mp4'],
      [html, 'multipart/x-mixed-replace', 'x'],
    ];
    for (const [content, type, name] of hostile) {
      const { json } = await upload(content, { type, name });
      const { headers } = await http.call('GET', `/files/${json.id}`);
      expect([type, headers.get('content-type')]).toEqual([type, 'application/octet-stream']);
      expect(headers.get('content-disposition')).toMatch(/^attachment;/);
    }
  });

  test('a PDF is one by its bytes, and is saved, not shown', async () => {
    const { json } = await upload('%PDF-1.7 …', { type: 'text/plain', name: 'x.pdf' });
    const { headers } = await http.call('GET', `/files/${json.id}`);
    expect([json.type, headers.get('content-disposition')?.split(';')[0]]).toEqual(['application/pdf', 'attachment']);
  });

  test('serves parts', async () => {
    const { json } = await upload('0123456789', { type: 'video/mp4', name: 'v.mp4' });
    const part = async (range: string, more: Record<string, string> = {}) => {
      const { status, headers, text } = await http.call('GET', `/files/${json.id}`, { range, ...more });
      return [status, headers.get('content-range'), text];
    };
    expect(await part('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234']);
    expect(await part('bytes=7-')).toEqual([206, 'bytes 7-9/10', '789']);
    expect(await part('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789']);
    expect(await part('bytes=0-999')).toEqual([206, 'bytes 0-9/10', '0123456789']);
    expect(await part('bytes=4-2')).toEqual([200, null, '0123456789']);
    expect(await part('bytes=0-1,4-5')).toEqual([200, null, '0123456789']);
    expect(await part('lines=1-2')).toEqual([200, null, '0123456789']);
    expect(await part('bytes=2-4', { 'if-range': '"other"' })).toEqual([200, null, '0123456789']);
    expect(await part('bytes=2-4', { 'if-range': `"${json.id}"` })).toEqual([206, 'bytes 2-4/10', '234']);
    const beyond = await http.call('GET', `/files/${json.id}`, { range: 'bytes=10-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect(beyond.json.error.code).toBe('RANGE_NOT_SATISFIABLE');
  });

  test('HEAD tells the size, and a known file is not sent again', async () => {
    const { json } = await upload('0123456789', { type: 'text/plain', name: 'x' });
    const head = await http.call('HEAD', `/files/${json.id}`);
    expect([head.status, head.headers.get('content-length'), head.text]).toEqual([200, '10', '']);
    const known = await http.call('GET', `/files/${json.id}`, { 'if-none-match': `"${json.id}"` });
    expect([known.status, known.text]).toEqual([304, '']);
  });

  test('what was never there, or is gone, is not found', async () => {
    const { json } = await upload(png);
    for (const id of [
      'x',
      'secret-00000000000000000099',
      '..%2f..%2fpackage.json',
      `${json.id}%00`,
      json.id.toUpperCase(),
    ]) {
      const { status, json: answer } = await http.call('GET', `/files/${id}`);
      expect([id, status, answer.error.code]).toEqual([id, 404, 'FILE_NOT_FOUND']);
    }
    await rm(http.directory, { recursive: true });
    expect((await http.call('GET', `/files/${json.id}`)).status).toBe(404);
  });
});
