import type { Fittings } from '../../src/server.ts';
import { openWire, type Wire } from '../faults/wire.ts';
import { type Claims, type OpenHouse, openHouse, type Settings } from '../harness/house.ts';
import { until } from '../harness/until.ts';
import { Listener } from './listener.ts';

/** A house behind a wire, with people in it. */
export type Scene = AsyncDisposable & {
  readonly house: OpenHouse;
  readonly wire: Wire;
  /** A client that only listens, ended with the scene. */
  listen(namespace: '/' | '/chat', who: Claims, options?: Record<string, unknown>): Promise<Listener>;
  /** The host lets a user speak; resolves with the message's id. */
  say(conversationId: string, senderId: string, text: string): Promise<string>;
  /** Says this many numbered texts, in order. */
  sayMany(conversationId: string, senderId: string, from: number, to: number, padding?: string): Promise<string[]>;
  /** A conversation of these members. */
  found(id: string, members: readonly string[], kind?: 'group' | 'open' | 'direct'): Promise<void>;
};

const generous: Settings = {
  MESSAGES_PER_SECOND: '1000000',
  MESSAGE_BURST: '1000000',
  EVENTS_PER_SECOND: '1000000',
  EVENT_BURST: '1000000',
  PRESENCE_GRACE_MS: '50',
};

/** Opens a house whose limits are out of the way. */
export async function openScene(settings: Settings = {}, fittings: Fittings = {}): Promise<Scene> {
  const house = await openHouse({ ...generous, ...settings }, fittings);
  const wire = await openWire(house);
  const listeners: Listener[] = [];
  const say: Scene['say'] = async (conversationId, senderId, text) => {
    const path = `/api/v1/conversations/${conversationId}/messages`;
    const { status, json } = await house.call('POST', path, 'host', { senderId, text });
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(json)}`);
    return (json as { id: string }).id;
  };
  return {
    house,
    wire,
    async listen(namespace, who, options) {
      const listener = new Listener(wire.address + namespace, house.token(who), options);
      listeners.push(listener);
      return listener.connected();
    },
    say,
    async sayMany(conversationId, senderId, from, to, padding = '') {
      const ids: string[] = [];
      const inFlight = 200;
      for (let at = from; at <= to; at += inFlight) {
        const texts = Array.from({ length: Math.min(inFlight, to - at + 1) }, (_, index) => `${at + index}${padding}`);
        ids.push(...(await Promise.all(texts.map((text) => say(conversationId, senderId, text)))));
      }
      return ids;
    },
    async found(id, members, kind = 'group') {
      const { status, json } = await house.call('POST', '/api/v1/conversations', 'host', { id, kind, members });
      if (status !== 201) throw new Error(`${status} ${JSON.stringify(json)}`);
    },
    async [Symbol.asyncDispose]() {
      for (const listener of listeners) listener[Symbol.dispose]();
      await wire[Symbol.asyncDispose]();
      await house[Symbol.asyncDispose]();
    },
  };
}

export const ann = { sub: '1', name: 'Ann' };
export const bob = { sub: '2', name: 'Bob' };

/** Everybody loses their transport, and nobody gets through while this is done; resolves when these are back. */
export async function whileAway(
  { wire }: Scene,
  listeners: Listener | readonly Listener[],
  work: () => Promise<unknown>,
): Promise<void> {
  const away = 'length' in listeners ? listeners : [listeners];
  const before = away.map(({ connects }) => connects);
  wire.isDown = true;
  await until(
    () => away.every(({ socket }) => !socket.connected),
    () => 'the cut was not noticed',
  );
  await work();
  wire.isDown = false;
  await Promise.all(away.map((listener, index) => listener.connected((before[index] ?? 0) + 1)));
}
