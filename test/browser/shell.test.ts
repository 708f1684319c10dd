import { beforeAll, expect, test } from 'vitest';
import { webIsBuilt } from './browser.ts';
import { shellLimitBytes, shellOf } from './shell.ts';

beforeAll(webIsBuilt, 60_000);

test.each(['index.html', 'playground.html', 'console.html'])(
  '%s loads less than 100 KB before it shows itself',
  async (page) => {
    const { bytes, files } = await shellOf(page);
    expect(files.length).toBeGreaterThan(2);
    expect(bytes).toBeLessThan(shellLimitBytes);
  },
);
