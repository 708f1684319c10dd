import type { Draft } from '../../src/app/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { Client } from '../load/client.ts';
import { tokenOf } from '../load/tokens.ts';
import { joinRoom, tongues } from '../load/tongues.ts';
import type { Scenario } from '../scenario.ts';
import { Server, secret } from '../servers.ts';

const figure = 'CPU ms per connect';
const connects = 100;
/** So that every user is known before the measurement, as most are. */
const warmUpConnects = 10;
const roomName = '4000000';

type Size = { readonly title: string; readonly memberships: number };
const size = (memberships: number): Size => ({ title: `member of ${memberships} conversations`, memberships });
const [few, many] = [size(10), size(5_000)];

/** Every user of the scenario becomes a member of as many conversations, which nobody else is in. */
async function fill(dataDir: string, memberships: number): Promise<void> {
  await using store = await openStore({ dataDir, commitDistanceMs: 0 });
  const at = Date.now();
  const counted = { isAutoCreated: false, ordinal: 0, lastMessageId: 0, memberCount: 0, pair: [] };
  const user = { id: String(1_000_000), email: '', role: 'ADMIN', name: 'user 0' };
  const write = (drafts: readonly Draft[]) => store.append([{ at, expects: [], drafts }]);
  for (let index = 0; index < memberships; index++) {
    const id = `held-${index}`;
    await write([
      {
        type: 'ConversationCreated',
        conversation: { id, kind: 'group', createdAt: at, updatedAt: at, ...counted },
      },
      { type: 'MemberAdded', conversationId: id, kind: 'group', user, role: 'member' },
    ]);
  }
}

async function connectOnce(port: number): Promise<void> {
  const token = tokenOf(0, secret);
  const client = new Client(0, port, tongues.kenz.path(token, roomName));
  await joinRoom(client, tongues.kenz, token, roomName, 'hello');
  client.destroy();
}

export const manyMemberships: Scenario<Size> = {
  name: 'many-memberships',
  sentence: `One user connects ${connects} times, one after the other, and leaves again: what a connect costs who is a member of ${few.memberships} or ${many.memberships} conversations.`,
  contenders: [few, many],
  async measure({ memberships }, { profileDir }) {
    const server = await Server.start('parlance', { profileDir, fill: (dataDir) => fill(dataDir, memberships) });
    try {
      for (let count = 0; count < warmUpConnects; count++) await connectOnce(server.port);
      const [cpuBefore, startMs] = [server.cpuSeconds, performance.now()];
      for (let count = 0; count < connects; count++) await connectOnce(server.port);
      return {
        [figure]: ((server.cpuSeconds - cpuBefore) * 1e3) / connects,
        'ms per connect': (performance.now() - startMs) / connects,
      };
    } finally {
      await server.stop();
    }
  },
  targets: [],
};
