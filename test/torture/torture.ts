import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { conversationNames, draft, enter, kindOf, membersOf, rolesOf, userIndexOf } from './cast.ts';
import { check } from './checker.ts';
import type { Client, World } from './client.ts';
import { Deployment } from './deployment.ts';
import { Http } from './http.ts';
import { readMemberships } from './memberships.ts';
import { Nemesis } from './nemesis.ts';
import type { Options } from './options.ts';
import { Pace } from './pace.ts';
import { Random } from './random.ts';
import { Reactor } from './reactor.ts';
import { Readers, readHistory } from './readers.ts';
import { type FinalHistory, Record } from './record.ts';
import { Reviser } from './reviser.ts';
import { type FaultKind, scheduleOf } from './schedule.ts';
import { SocketIoClient } from './socket-io-client.ts';
import { tamperFor } from './tamper.ts';
import type { Verdict } from './verdict.ts';
import { Wanderer } from './wanderer.ts';
import { Wire } from './wire.ts';

export type Result = {
  readonly verdict: Verdict;
  readonly messages: number;
  /** Edits and deletions that were answered. */
  readonly revisions: number;
  /** Reactions that were answered, and those that were taken back. */
  readonly reactions: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly limitation: string | undefined;
  readonly startsMs: readonly number[];
  readonly stopsMs: readonly number[];
};

const secret = 'the secret that only a torture run signs with';
const host = { apiKey: 'the key of the host application' };
const settings = {
  JWT_SECRET: secret,
  API_KEY: host.apiKey,
  LOG_LEVEL: 'error',
  DRAIN_MS: '2000',
  MESSAGES_PER_SECOND: '1000000',
  MESSAGE_BURST: '1000000',
  EVENTS_PER_SECOND: '1000000',
  EVENT_BURST: '1000000',
  CONNECTIONS_PER_USER: '1000',
  SEND_BUFFER_SOFT_BYTES: '65536',
  SEND_BUFFER_HARD_BYTES: '524288',
  // Some who come back are answered from memory, others from the log.
  RESUME_RING_ENTRIES: '2000',
};

const tellEveryMs = 15_000;

/** Starts a server, torments it, and judges what its clients saw. */
export async function torture(options: Options, tell: (words: string) => void): Promise<Result> {
  await using opened = new AsyncDisposableStack();
  const giveUp = () => void opened.disposeAsync().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, giveUp);
    opened.defer(() => void process.removeListener(signal, giveUp));
  }
  const deployment = opened.use(await Deployment.open(options, settingsFor(options)));
  const { nodes, disk } = deployment;

  const record = new Record();
  record.nodes = nodes.length;
  const began = performance.now() - 1;
  const world: World = {
    record,
    conversations: conversationNames,
    revised: draft,
    now: () => Math.floor(performance.now() - began),
    token: tokenOf,
    userIndex: userIndexOf,
  };
  const http = new Http(() => deployment.nextPort());
  opened.defer(() => http.reset());
  const roles = rolesOf(options.clients);
  for (const [conversation, id] of conversationNames.entries()) {
    const body = { id, kind: kindOf(conversation), members: membersOf(roles, conversation) };
    const { status } = await http.call('POST', '/api/v1/conversations', host, body);
    if (status !== 201) throw new Error(`Conversation ${id} could not be created: ${status}.`);
  }
  const wires: Wire[] = [];
  const clients: Client[] = [];
  for (const [index, role] of roles.entries()) {
    const wire = opened.use(await Wire.open(deployment.ports, index, tamperFor(options.bugs, options.seed + index)));
    wires.push(wire);
    const client = enter(world, role, index, wire);
    opened.defer(() => client.close());
    clients.push(client);
  }
  await within(30_000, 'The clients did not connect.', () => clients.every(({ canSpeak }) => canSpeak));

  const readers = new Readers({ world, http, host, clients, random: new Random(options.seed ^ 0x5eed) });
  const revisers = clients
    .filter(({ parts }) => parts.talksIn.includes(draft))
    .map((client) => {
      const random = new Random(options.seed ^ (client.parts.index * 7919));
      const reviser = new Reviser({ world, http, client, random, isOneNode: nodes.length === 1 });
      opened.defer(() => reviser.close());
      return reviser;
    });
  const reactors = clients
    .filter(({ parts, heard }) => parts.listensIn.includes(draft) && heard.rule === 'ordered')
    .map((client) => {
      const reactor = new Reactor({
        world,
        http,
        client,
        random: new Random(options.seed ^ (client.parts.index * 104_729)),
      });
      opened.defer(() => reactor.close());
      return reactor;
    });
  const wanderers = clients
    .filter((client) => client instanceof SocketIoClient)
    .filter(({ heard }) => heard.rule === 'wanderer')
    .map(
      (client) => new Wanderer({ world, client, random: new Random(options.seed ^ (client.parts.index * 1_299_709)) }),
    );
  const pace = new Pace(clients, options);
  const nemesis = new Nemesis({
    deployment,
    clients,
    wires,
    tell: (words) => options.isVerbose && tell(`${world.now()} ms: ${words}`),
  });
  const progress = setInterval(() => {
    const seconds = Math.round(world.now() / 1000);
    tell(`${seconds} s: ${pace.answered} messages answered, ${nemesis.faults} faults`);
  }, tellEveryMs);
  opened.defer(() => clearInterval(progress));
  const lengthMs = options.minutes * 60_000;
  const schedule = scheduleOf(options.seed, lengthMs, options.faultEveryMs, {
    nodes: nodes.length,
    hasPostgres: deployment.postgres !== undefined,
    hasRedis: deployment.redis !== undefined,
  });
  if (disk?.limitation) tell(disk.limitation);
  await Promise.all([nemesis.run(schedule), wait(lengthMs)]);

  pace.stop();
  for (const wire of wires) wire.heal();
  const changing = [...revisers, ...reactors];
  for (const one of changing) one.stop();
  await Promise.all([readers.stop(), ...wanderers.map((wanderer) => wanderer.stop())]);
  await settled(options, () => changing.every(({ isIdle }) => isIdle));
  // Something that everybody hears ends every conversation, guests who have just come included.
  for (const client of clients) for (const _ of client.parts.talksIn) client.say();
  await settled(options, () => clients.every(({ outstanding }) => outstanding.size === 0));
  const histories: FinalHistory[] = [];
  for (const id of conversationNames) histories.push(await readHistory(http, host, world, id));
  await settled(options, () => clients.every((client) => hasHeardAll(client, histories)));
  // What is heard twice is heard late.
  await wait(300);
  await readers.lookAtAll();
  record.memberships = await readMemberships(deployment, clients, world);
  const verdict = check(record, histories);
  return {
    verdict,
    messages: verdict.acknowledged,
    revisions: verdict.revised,
    reactions: verdict.reacted,
    faults: nemesis.done,
    limitation: disk?.limitation,
    startsMs: nodes.flatMap(({ server }) => server.startsMs),
    stopsMs: nodes.flatMap(({ server }) => server.stopsMs),
  };
}

/** Bugs in what is read from the log show only where the log is read. */
function settingsFor({ bugs, store, isVerbose }: Options): { readonly [name: string]: string } {
  return {
    ...settings,
    // Nodes rightly complain of databases that are taken away from them.
    ...(store === 'postgres' && !isVerbose ? { LOG_LEVEL: 'fatal' } : {}),
    ...(bugs.some((bug) => bug.startsWith('resume')) ? { RESUME_RING_ENTRIES: '10' } : {}),
  };
}

function hasHeardAll(client: Client, histories: readonly FinalHistory[]): boolean {
  if (client.heard.rule === 'wanderer') return true;
  return client.parts.listensIn.every((conversation) => {
    const ids = histories[conversation]?.ids;
    if (!ids || ids.length === 0) return true;
    const last = ids.at(ids.length - 1);
    return client.newestIn(conversation) === last || heardAt(client, last);
  });
}

function heardAt({ heard: { ids } }: Client, id: number): boolean {
  for (let at = ids.length - 1; at >= 0; at--) if (ids.at(at) === id) return true;
  return false;
}

/** Goes on all the same when it takes too long: the checker says what is missing. */
async function settled({ settleMs }: Options, isSo: () => boolean): Promise<void> {
  await within(settleMs, '', isSo).catch(() => undefined);
}

async function within(ms: number, otherwise: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(otherwise);
    await wait(50);
  }
}

const tokens = new Map<string, string>();

function tokenOf(userId: string): string {
  const known = tokens.get(userId);
  if (known !== undefined) return known;
  const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64({ sub: userId, name: `User ${userId}` })}`;
  const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  tokens.set(userId, token);
  return token;
}
