import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HttpApi } from './http-api.ts';

const api = new HttpApi('https://chat.example.com', () => 'a token');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

class FakeRequest {
  upload: { onprogress?: (event: object) => void } = {};
  onabort: (() => void) | undefined;
  onloadend: (() => void) | undefined;
  open() {}
  setRequestHeader() {}
  send() {}
  abort() {
    this.onabort?.();
    this.onloadend?.();
  }
}

/** Those that were sent, none of which is ever answered. */
function fakeRequests(): readonly FakeRequest[] {
  const sent: FakeRequest[] = [];
  vi.stubGlobal(
    'XMLHttpRequest',
    class extends FakeRequest {
      override send() {
        sent.push(this);
      }
    },
  );
  return sent;
}

test('what is not answered is given up, as if the server could not be reached', async () => {
  vi.stubGlobal(
    'fetch',
    (_url: string, { signal }: RequestInit) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  );
  const answered = vi.fn();
  const asked = api.me().catch(answered);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(answered).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  await asked;
  expect(answered).toHaveBeenCalledWith(expect.objectContaining({ status: 0, code: 'UNREACHABLE' }));
});

test('an upload is waited for as long as it gets on', async () => {
  const requests = fakeRequests();
  const given = vi.fn();
  const parts: number[] = [];
  const uploaded = api.upload(new File(['milk'], 'order.txt'), { onProgress: (part) => parts.push(part) }).catch(given);
  for (const loaded of [1, 2, 3]) {
    await vi.advanceTimersByTimeAsync(170_000);
    requests[0]?.upload.onprogress?.({ loaded, total: 4 });
  }
  expect(parts).toEqual([0.25, 0.5, 0.75]);
  expect(given).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(180_000);
  await uploaded;
  expect(given).toHaveBeenCalledWith(expect.objectContaining({ status: 0 }));
  expect(vi.getTimerCount()).toBe(0);
});

test('an upload ends when it is told to', async () => {
  const requests = fakeRequests();
  const given = vi.fn();
  const ending = new AbortController();
  const uploaded = api.upload(new File(['milk'], 'order.txt'), { signal: ending.signal }).catch(given);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(requests).toHaveLength(1);
  ending.abort();
  await uploaded;
  expect(given).toHaveBeenCalledWith(expect.objectContaining({ status: 0 }));
  expect(vi.getTimerCount()).toBe(0);
});
