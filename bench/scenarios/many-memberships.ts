import type { Draft } from '../../src/app/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { Client } from '../load/client.ts';
import { startsWith } from '../load/frames.ts';
import { joinRoom, protocols } from '../load/protocols.ts';
import { tokenOf } from '../load/tokens.ts';
import type { Scenario } from '../scenario.ts';
import { Server, secret } from '../servers.ts';

const [figure, joinFigure] = ['CPU ms per connect', 'CPU µs per join'];
const connects = 100;
/** So that every user is known before the measurement, as most are. */
const warmUpConnects = 10;
const roomName = '4000000';
/** Joins that are measured, at the least: of few conversations, those of many connects. */
const leastJoins = 2_000;

type Size = { readonly title: string; readonly memberships: number };
const size = (memberships: number): Size => ({ title: `member of ${memberships} conversations`, memberships });
const sizes = [10, 500, 5_000].map(size);
const joinedFrame = Buffer.from('42/chat,["joinedRoom"');
const heldName = (index: number) => `held-${index}`;

/** Every user of the scenario becomes a member of as many conversations, which nobody else is in. */
async function fill(dataDir: string, memberships: number): Promise<void> {
  await using store = await openStore({ dataDir, commitDistanceMs: 0 });
  const at = Date.now();
  const counted = { isAutoCreated: false, ordinal: 0, lastMessageId: 0, memberCount: 0, pair: [] };
  const user = { id: String(1_000_000), email: '', role: 'ADMIN', name: 'user 0' };
  const write = (drafts: readonly Draft[]) => store.append([{ at, expects: [], drafts }]);
  for (let index = 0; index < memberships; index++) {
    const id = heldName(index);
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
  const client = new Client(0, port, protocols.kenz.path(token, roomName));
  await joinRoom(client, protocols.kenz, token, roomName, 'hello');
  client.destroy();
}

/** Connects, and joins everything that the user is a member of, in one breath, as clients do. */
async function joinAll(port: number, memberships: number): Promise<void> {
  const token = tokenOf(0, secret);
  const { messaging } = protocols;
  const client = new Client(0, port, messaging.path(token, heldName(0)));
  await joinRoom(client, messaging, token, heldName(0), 'hello');
  const joined = Promise.withResolvers<void>();
  let missing = memberships - 1;
  if (missing === 0) joined.resolve();
  client.listener = {
    onText(_client, bytes, start, end) {
      if (startsWith(bytes, start, end, joinedFrame) && --missing === 0) joined.resolve();
    },
  };
  for (let index = 1; index < memberships; index++) {
    const said = messaging.joins?.(heldName(index)).say;
    if (said !== undefined) client.send(said);
  }
  await joined.promise;
  client.destroy();
}

export const manyMemberships: Scenario<Size> = {
  name: 'many-memberships',
  sentence: `One user connects ${connects} times, one after the other, and leaves again: what a connect costs who is a member of 10, 500 or 5,000 conversations, and what each join costs if it joins all of them at once.`,
  contenders: sizes,
  async measure({ memberships }, { profileDir }) {
    const server = await Server.start('parlance', { profileDir, fill: (dataDir) => fill(dataDir, memberships) });
    try {
      for (let count = 0; count < warmUpConnects; count++) await connectOnce(server.port);
      const [cpuBefore, startMs] = [server.cpuSeconds, performance.now()];
      for (let count = 0; count < connects; count++) await connectOnce(server.port);
      const perConnect = {
        [figure]: ((server.cpuSeconds - cpuBefore) * 1e3) / connects,
        'ms per connect': (performance.now() - startMs) / connects,
      };
      // The first time each of them is a word in the log as well.
      await joinAll(server.port, memberships);
      const times = Math.ceil(leastJoins / memberships);
      const [cpuJoining, joiningMs] = [server.cpuSeconds, performance.now()];
      for (let count = 0; count < times; count++) await joinAll(server.port, memberships);
      return {
        ...perConnect,
        [joinFigure]: ((server.cpuSeconds - cpuJoining) * 1e6) / (times * memberships),
        'ms to join all': (performance.now() - joiningMs) / times,
      };
    } finally {
      await server.stop();
    }
  },
  targets: [],
};
