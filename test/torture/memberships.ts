import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Client, World } from './client.ts';
import type { Deployment } from './deployment.ts';
import type { Membership } from './record.ts';

const added = /^(\d+) .* added (?:.*\()?(\d+)\)? to (\S+) as \w+\.$/;
const removed = /^(\d+) .* removed (\d+) from (\S+)\.$/;

/**
 * When each guest was a member, by places in the log, as `parlance tail` tells an operator. Times of requests would not tell: one
 * that was never answered, because its node was cut off from the database, may still be carried out long after the next.
 */
export async function readMemberships(
  { log }: Deployment,
  clients: readonly Client[],
  world: World,
): Promise<readonly Membership[]> {
  const guests = new Map(
    clients.filter(({ heard }) => heard.rule === 'guest').map(({ parts }) => [parts.userId, parts.name]),
  );
  const memberships: Membership[] = [];
  for await (const line of tail(log)) {
    const happened = added.exec(line) ?? removed.exec(line);
    const [, digits, userId = '', conversationName = ''] = happened ?? [];
    const listener = guests.get(userId);
    if (!happened || listener === undefined) continue;
    const position = Number(digits);
    const conversation = world.conversations.indexOf(conversationName);
    const current = memberships.findLast((one) => one.listener === listener && one.conversation === conversation);
    const isIn = current !== undefined && !Number.isFinite(current.removed);
    if (line.includes(' removed ')) {
      if (isIn) current.removed = position;
    } else if (!isIn) memberships.push({ listener, conversation, added: position, removed: Number.POSITIVE_INFINITY });
  }
  return memberships;
}

async function* tail(settings: Deployment['log']): AsyncIterable<string> {
  const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
  const reader = spawn(process.execPath, [cli, 'tail', '--follow=false'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, LOG_LEVEL: 'error', ...settings },
  });
  const ended = once(reader, 'exit');
  yield* createInterface({ input: reader.stdout });
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`The log could not be read: ${code}.`);
}
