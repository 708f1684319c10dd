import { io } from 'socket.io-client';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { developmentSettings, launch, openPage, webIsBuilt } from './browser.ts';

/** Prints how smoothly a conversation of many messages scrolls when all of them are loaded. */

const wanted = Number(process.argv[2] ?? 100_000);
const secondsOfScrolling = 10;

await webIsBuilt();
await using house = await openHouse({
  ...developmentSettings,
  MESSAGES_PER_SECOND: '1000000',
  MESSAGE_BURST: '1000000',
  EVENTS_PER_SECOND: '1000000',
  EVENT_BURST: '1000000',
});
const { json } = await house.call('POST', '/sign-in', 'nobody', { id: 'ann', name: 'Ann' });
const { token } = json as { token: string };
await fill(house, token);

const browser = await launch();
try {
  const { page } = await openPage(browser, house, `/#token=${token}`);
  await page.locator('.list-row').first().click();
  const scroller = page.locator('.scroller');
  await page.locator('.message').first().waitFor();
  const startedAt = performance.now();
  // Where older messages come in above, the place is kept: so the top is looked for again and again.
  const first = page.locator('.message .text', { hasText: /^message 1\b/ });
  while ((await first.count()) === 0) {
    await scroller.evaluate(async (element: unknown) => {
      const box = element as { scrollTop: number };
      for (let step = 0; step < 50; step++) {
        box.scrollTop = 0;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
  }
  console.log(`${wanted} messages were loaded by going up in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  for (const [words, pixelsPerSecond] of [
    ['not at all, for comparison', 0],
    ['as one reads', 1_500],
    ['as one searches', 12_000],
  ] as const) {
    const { frames, ms, worstMs } = await scroller.evaluate(scroll, {
      pixelsPerSecond,
      ms: secondsOfScrolling * 1000,
    });
    console.log(
      `scrolling ${words} (${pixelsPerSecond} px/s): ${(frames / (ms / 1000)).toFixed(1)} frames a second, ` +
        `the slowest frame ${Math.round(worstMs)} ms`,
    );
  }
  const rows = await page.locator('.message').count();
  console.log(`rows in the page at once: ${rows}`);
} finally {
  await browser.close();
}

/** Runs in the page: scrolls evenly and counts the frames that were drawn meanwhile. */
async function scroll(
  element: unknown,
  { pixelsPerSecond, ms }: { pixelsPerSecond: number; ms: number },
): Promise<{ frames: number; ms: number; worstMs: number }> {
  const box = element as { scrollTop: number };
  const { requestAnimationFrame: nextFrame } = globalThis as unknown as {
    requestAnimationFrame: (act: (at: number) => void) => void;
  };
  const frame = () => new Promise<number>((resolve) => nextFrame(resolve));
  const startedAt = await frame();
  const from = box.scrollTop;
  let frames = 0;
  let worstMs = 0;
  for (let at = startedAt; at - startedAt < ms; ) {
    const now = await frame();
    worstMs = Math.max(worstMs, now - at);
    at = now;
    frames += 1;
    box.scrollTop = from + ((at - startedAt) / 1000) * pixelsPerSecond;
  }
  return { frames, ms, worstMs };
}

async function fill(at: OpenHouse, auth: string): Promise<void> {
  const startedAt = performance.now();
  const socket = io(`${at.address}/chat`, { auth: { token: auth }, transports: ['websocket'] });
  socket.on('newMessage', () => {});
  const atOnce = 2_000;
  for (let sent = 0; sent < wanted; sent += atOnce) {
    await Promise.all(
      Array.from({ length: Math.min(atOnce, wanted - sent) }, (_, index) =>
        socket.emitWithAck('sendMessage', {
          roomId: 'long',
          content: `message ${sent + index + 1} ${'word '.repeat(index % 40)}`,
        }),
      ),
    );
  }
  socket.close();
  console.log(`${wanted} messages were said in ${Math.round((performance.now() - startedAt) / 1000)} s`);
}
