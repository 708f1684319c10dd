import { type OpenHouse, openHouse } from '../harness/house.ts';
import { developmentSettings, launch, webIsBuilt } from './browser.ts';
import { shellLimitBytes, shellOf } from './shell.ts';

/** Prints what the first page weighs, and how long it takes to be of use on a slow line and a slow processor. */

const line = { latencyMs: 150, bytesPerSecond: 1_600_000 / 8, processorSlowdown: 4 };

await webIsBuilt();
for (const page of ['index.html', 'playground.html', 'console.html']) {
  const { files, bytes } = await shellOf(page);
  console.log(`${page}: ${bytes} bytes compressed, of ${shellLimitBytes}`);
  for (const file of files) console.log(`  ${String(file.bytes).padStart(6)}  ${file.name}`);
}
await using house = await openHouse(developmentSettings);
console.log(
  `\nOn a line of ${(line.bytesPerSecond * 8) / 1e6} Mbit/s with ${line.latencyMs} ms of latency, at a ${line.processorSlowdown}th of this processor:`,
);
const { json } = await house.call('POST', '/sign-in', 'nobody', { id: 'ann', name: 'Ann' });
const { token } = json as { token: string };
console.log(`  signing in is possible after ${await msUntil(house, '/', '#name')} ms`);
console.log(
  `  the list of conversations is there after ${await msUntil(house, `/#token=${token}`, '.list-head h1')} ms`,
);

async function msUntil(at: OpenHouse, path: string, selector: string): Promise<number> {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: line.latencyMs,
      downloadThroughput: line.bytesPerSecond,
      uploadThroughput: line.bytesPerSecond,
    });
    await session.send('Emulation.setCPUThrottlingRate', { rate: line.processorSlowdown });
    const startedAt = performance.now();
    await page.goto(at.address + path, { waitUntil: 'commit' });
    await page.locator(selector).waitFor({ timeout: 60_000 });
    return Math.round(performance.now() - startedAt);
  } finally {
    await browser.close();
  }
}
