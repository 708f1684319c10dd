import axe from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';

type Violation = { id: string; impact: string; nodes: readonly { html: string; failureSummary: string }[] };

/** What axe finds that keeps people out, one line each. */
export async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as { violations: readonly Violation[] };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 150)} ${failureSummary}`),
    );
}

/** How pages are looked at. */
export const looks: readonly (readonly [string, BrowserContextOptions])[] = [
  ['in light colours', {}],
  ['in dark colours', { colorScheme: 'dark' }],
  ['on a phone', { viewport: { width: 390, height: 844 } }],
];
