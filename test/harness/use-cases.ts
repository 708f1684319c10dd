import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Allowances } from '../../src/app/allowances.ts';
import { Blocks } from '../../src/app/blocks.ts';
import { Commit } from '../../src/app/commit.ts';
import type { House } from '../../src/app/context.ts';
import { type Execute, executor } from '../../src/app/execute.ts';
import { Lanes } from '../../src/app/lanes.ts';
import type { Clock, Store } from '../../src/app/ports.ts';
import { LocalBus } from '../../src/bus/local.ts';
import type { Actor, CommandOf } from '../../src/core/commands.ts';
import { type Entry, topicOf } from '../../src/core/events.ts';
import type { User } from '../../src/core/model.ts';
import { isRefusal, type Refusal } from '../../src/core/refusals.ts';
import type { Rules } from '../../src/core/rules.ts';
import { openStore } from '../../src/store/open.ts';
import { rules } from './cast.ts';

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  ms = 1_760_000_000_000;
  nowMs(): number {
    return this.ms;
  }
}

/** A real store in a folder of its own. */
export async function openTemporaryStore(): Promise<{ readonly store: Store } & AsyncDisposable> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-use-cases-'));
  const store = await openStore({ dataDir });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type UseCases = {
  readonly house: House;
  readonly execute: Execute;
  readonly bus: LocalBus;
  readonly clock: FakeClock;
  /** Every entry, in the order in which the node heard it. */
  readonly heard: readonly Entry[];
};

/** The use cases over a store and the bus of one node, as the server wires them, with as much allowed as a test wants. */
export function wireUseCases(
  store: Store,
  more: { rules?: Partial<Rules>; messages?: number; conversations?: number } = {},
): UseCases {
  const bus = new LocalBus();
  const clock = new FakeClock();
  const commit = new Commit(store, bus);
  const lanes = new Lanes(store, commit);
  const allowing = (burst = 1_000_000) => ({ perSecond: 1, burst });
  const allowances = new Allowances(clock, {
    messages: allowing(more.messages),
    conversations: allowing(more.conversations),
    httpRequests: allowing(),
    fileBytes: allowing(),
  });
  const blocks = new Blocks(store);
  let lastId = 0;
  const ids = { conversationId: () => String(900_000 + ++lastId), secret: () => `secret-${++lastId}` };
  const house: House = { store, lanes, commit, clock, ids, rules: { ...rules, ...more.rules }, allowances, blocks };
  const heard: Entry[] = [];
  bus.subscribe({
    entries(entries) {
      for (const entry of entries) {
        const { conversationId } = topicOf(entry.event);
        if (conversationId !== undefined) lanes.apply(conversationId, entry);
        blocks.apply(entry);
        heard.push(entry);
      }
    },
  });
  return { house, execute: executor(house), bus, clock, heard };
}

export const circumstances = { baseUrl: 'https://example.org' };
export const as = (user: User): Actor => ({ kind: 'user', user });
export const host: Actor = { kind: 'host' };

let scenes = 0;

/** One conversation that nothing is known of yet, and what is asked for in it. */
export class Scene {
  readonly store: Store;
  node: UseCases;
  id = `scene-${++scenes}`;

  constructor(store: Store, more: Parameters<typeof wireUseCases>[1] = {}) {
    this.store = store;
    this.node = wireUseCases(store, more);
  }

  send(user: User, text: string, more: Partial<CommandOf<'SendMessage'>> = {}) {
    const command = { type: 'SendMessage', conversationId: this.id, text, opening: { kind: 'open' }, ...more } as const;
    return this.node.execute<'SendMessage'>(command, as(user), circumstances);
  }

  join(user: User) {
    const wish = { opening: { kind: 'open' }, history: { want: 'none' } } as const;
    const command = { type: 'JoinConversation', conversationId: this.id, ...wish } as const;
    return this.node.execute<'JoinConversation'>(command, as(user), circumstances);
  }

  create(actor: Actor, more: Partial<CommandOf<'CreateConversation'>> = {}) {
    const command = {
      type: 'CreateConversation',
      conversationId: this.id,
      kind: 'group',
      memberIds: [],
      ...more,
    } as const;
    return this.node.execute<'CreateConversation'>(command, actor, circumstances);
  }

  change(actor: Actor, more: Partial<CommandOf<'ChangeConversation'>>) {
    const command = { type: 'ChangeConversation', conversationId: this.id, ...more } as const;
    return this.node.execute<'ChangeConversation'>(command, actor, circumstances);
  }

  add(actor: Actor, userId: string) {
    return this.node.execute<'AddMember'>({ type: 'AddMember', conversationId: this.id, userId }, actor, circumstances);
  }

  remove(actor: Actor, userId: string) {
    const command = { type: 'RemoveMember', conversationId: this.id, userId } as const;
    return this.node.execute<'RemoveMember'>(command, actor, circumstances);
  }

  mark(user: User, marks: CommandOf<'MarkRead'>['marks']) {
    const command = { type: 'MarkRead', conversationId: this.id, marks } as const;
    return this.node.execute<'MarkRead'>(command, as(user), circumstances);
  }

  /** What was said, as the store has it. */
  async texts(): Promise<readonly string[]> {
    const { value } = await this.store.readMessages({ conversationId: this.id, limit: 1000, take: 'newest' });
    return value.messages.map(({ text }) => text);
  }

  typesHeard(): readonly string[] {
    return this.node.heard.map(({ event }) => event.type);
  }
}

/** An answer that must not be a refusal. */
export function allowed<A extends object>(outcome: A | Refusal): A {
  if (isRefusal(outcome)) throw new Error(`should have been allowed: ${outcome.message}`);
  return outcome;
}
