import type { Client, ClientParts, World } from './client.ts';
import type { ListenerRule } from './record.ts';
import { RoomsClient } from './rooms-client.ts';
import { SocketIoClient, type SocketIoParts } from './socket-io-client.ts';
import type { DialectName } from './speech.ts';
import { SyncedClient } from './synced-client.ts';
import type { Wire } from './wire.ts';

/** Who takes part in a run: in which dialect, over which transport, where. */

/**
 * The first four are everybody's; in the fifth large messages are said, in the sixth guests come and go, and in the last messages
 * are edited and deleted.
 */
export const conversationNames = ['101', '202', 'tea-room', 'attic', 'large', 'side', 'draft'] as const;
const shared = 4;
const large = 4;
const side = 5;
export const draft = 6;

const dialects: readonly DialectName[] = ['kenz', 'support', 'messaging', 'direct', 'rooms'];

type Role = {
  readonly dialect: DialectName;
  readonly transport: 'websocket' | 'polling';
  readonly rule: ListenerRule;
  readonly listensIn: readonly number[];
  readonly talksIn: readonly number[];
  readonly padding: number;
  readonly comesBackMs?: SocketIoParts['comesBackMs'];
};

const largePadding = 6_000;
const usualPadding = 40;
const usualComeBackMs = [50, 400] as const;
/** Long enough for much to be edited and deleted meanwhile. */
const lateComeBackMs = [1000, 2500] as const;

/** Users are numbers in some dialects, so they are numbers everywhere. */
const firstUserId = 1001;
const userIdOf = (index: number): string => String(firstUserId + index);

/** Below 0 for nobody's. */
export function userIndexOf(userId: string): number {
  const index = Number(userId) - firstUserId;
  return Number.isSafeInteger(index) ? index : -1;
}

/** `clients` who talk or listen in the shared conversations, and a few with parts of their own. */
export function rolesOf(clients: number): Role[] {
  const roles: Role[] = [];
  for (let index = 0; index < clients; index++) {
    const dialect = dialects[index % dialects.length] as DialectName;
    const round = Math.floor(index / dialects.length);
    const first = round % shared;
    const listensIn = dialect === 'rooms' ? [first] : [first, (first + 1) % shared];
    const isTalker = round % 4 !== 3 || index % dialects.length === round % dialects.length;
    roles.push({
      dialect,
      transport: index % 3 === 2 ? 'polling' : 'websocket',
      rule: 'ordered',
      listensIn,
      talksIn: isTalker ? listensIn : [],
      padding: usualPadding,
    });
  }
  const extra = { transport: 'websocket', rule: 'ordered', talksIn: [], padding: usualPadding } as const;
  return [
    ...roles,
    { ...extra, dialect: 'messaging', rule: 'synced', listensIn: [0, 1] },
    { ...extra, dialect: 'messaging', rule: 'synced', listensIn: [3] },
    { ...extra, dialect: 'messaging', listensIn: [large], talksIn: [large], padding: largePadding },
    { ...extra, dialect: 'kenz', listensIn: [large] },
    { ...extra, dialect: 'rooms', listensIn: [large] },
    { ...extra, dialect: 'support', listensIn: [side], talksIn: [side] },
    { ...extra, dialect: 'kenz', rule: 'guest', listensIn: [side] },
    { ...extra, dialect: 'kenz', rule: 'guest', listensIn: [side], transport: 'polling' },
    { ...extra, dialect: 'messaging', rule: 'wanderer', listensIn: [0] },
    { ...extra, dialect: 'support', rule: 'wanderer', listensIn: [0], transport: 'polling' },
    { ...extra, dialect: 'direct', rule: 'wanderer', listensIn: [1] },
    { ...extra, dialect: 'messaging', listensIn: [draft], talksIn: [draft] },
    { ...extra, dialect: 'direct', listensIn: [draft], talksIn: [draft], transport: 'polling' },
    { ...extra, dialect: 'kenz', listensIn: [draft], talksIn: [draft] },
    { ...extra, dialect: 'rooms', listensIn: [draft], talksIn: [draft] },
    { ...extra, dialect: 'messaging', listensIn: [draft], transport: 'polling' },
    { ...extra, dialect: 'direct', listensIn: [draft, 2], comesBackMs: lateComeBackMs },
    { ...extra, dialect: 'support', listensIn: [draft], talksIn: [draft], comesBackMs: lateComeBackMs },
    { ...extra, dialect: 'messaging', listensIn: [draft], comesBackMs: lateComeBackMs },
    { ...extra, dialect: 'messaging', rule: 'synced', listensIn: [draft] },
  ];
}

/** Whoever is a member from the beginning, by conversation. */
export function membersOf(roles: readonly Role[], conversation: number): string[] {
  return roles.flatMap((role, index) =>
    role.rule !== 'guest' && role.listensIn.includes(conversation) ? [userIdOf(index)] : [],
  );
}

export const kindOf = (conversation: number): 'open' | 'group' => (conversation === side ? 'group' : 'open');

export function enter(world: World, role: Role, index: number, wire: Wire): Client {
  const { dialect, rule, transport, listensIn, talksIn, padding, comesBackMs = usualComeBackMs } = role;
  const name = `${dialect} ${rule === 'ordered' ? '' : `${rule} `}client ${index} (${transport})`;
  const parts: ClientParts = { world, index, name, userId: userIdOf(index), wire, listensIn, talksIn, padding };
  if (dialect === 'rooms') return new RoomsClient(parts);
  if (rule === 'synced') return new SyncedClient(parts);
  return new SocketIoClient({ ...parts, dialect, transport, rule, comesBackMs });
}
