import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type OpenHouse, openHouse } from '../../../test/harness/house.ts';
import { until } from '../../../test/harness/until.ts';

let house: OpenHouse;
beforeAll(async () => {
  house = await openHouse();
  const { origin, host } = new URL(house.address);
  vi.stubGlobal('location', { origin, host });
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await house[Symbol.asyncDispose]();
});

test.each(['kenz', 'support', 'rooms', 'messaging', 'direct'])(
  'what is said in %s while its line is cut is said when it is mended, once',
  async (name) => {
    const { paneDialects } = await import('./dialects.ts');
    const { Pane } = await import('./pane.ts');
    const dialect = paneDialects.find((each) => each.name === name);
    if (!dialect) throw new Error(`no ${name}`);
    const conversationId = String(paneDialects.indexOf(dialect) + 1);
    const pane = new Pane(dialect, '1', house.token({ sub: '1', name: 'Ann' }), conversationId);
    const isOnline = () =>
      until(
        () => pane.status.get() === 'online',
        () => `${pane.status.get()}: ${pane.refusal.get()}`,
      );
    const hears = (...texts: string[]) =>
      until(
        () => JSON.stringify(pane.said.get().map(({ text }) => text)) === JSON.stringify(texts),
        () => JSON.stringify(pane.said.get()),
      );
    await isOnline();
    pane.say('before');
    await hears('before');
    pane.line.cut();
    expect(pane.status.get()).toBe('connecting');
    pane.say('meanwhile');
    pane.line.mend();
    await hears('before', 'meanwhile');
    pane.say('after');
    await hears('before', 'meanwhile', 'after');
    pane.stop();
  },
);
