import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Store } from '../../src/app/ports.ts';
import { quietMoment, until } from '../harness/until.ts';
import { bob, openScene, type Scene, whileAway } from './scene.ts';

const dayMs = 24 * 3600 * 1000;
const settings = { SESSION_RETENTION_DAYS: '90' };
/** Does not expire however many days pass. */
const lasting = { ...bob, exp: Math.floor(Date.now() / 1000) + 1000 * 24 * 3600 };

let passedMs = 0;
beforeEach(() => {
  const { now } = Date;
  passedMs = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + passedMs);
});
afterEach(() => void vi.restoreAllMocks());

/** A store that can be asked to forget at once, and tells which sessions were saved by themselves. */
function watched() {
  const saved: string[] = [];
  let driven: Store | undefined;
  const store = (inner: Store): Store => {
    driven = inner;
    return new Proxy(inner, {
      get(target, name) {
        if (name === 'append') {
          return (items: Parameters<Store['append']>[0]) => {
            for (const { session, drafts } of items) if (session && drafts.length === 0) saved.push(session.id);
            return target.append(items);
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return {
    saved,
    fittings: { store },
    forgetOld: () => driven?.forgetSessions(Date.now() - 90 * dayMs),
  };
}

/** Hears one message live. */
async function begun(scene: Scene) {
  await scene.found('den', ['1', '2'], 'open');
  const listener = await scene.listen('/chat', lasting);
  await listener.ask('joinRoom', 'den');
  await scene.say('den', '1', 'heard');
  await listener.hears('newMessage', 1);
  return listener;
}

test.for([{ isForgotten: false }, { isForgotten: true }])(
  'a session that was gone for longer than the retention is new (its row deleted: $isForgotten)',
  async ({ isForgotten }) => {
    const { fittings, forgetOld } = watched();
    await using scene = await openScene(settings, fittings);
    const listener = await begun(scene);
    await whileAway(scene, listener, async () => {
      await scene.say('den', '1', 'missed');
      passedMs += 91 * dayMs;
      if (isForgotten) expect(await forgetOld()).toBe(1);
    });
    expect(listener.socket.recovered).toBe(false);
    await scene.say('den', '1', 'not joined yet');
    await quietMoment();
    expect(listener.fields('newMessage', 'content')).toEqual(['heard']);
    // The new session can be resumed as any other.
    await listener.ask('joinRoom', 'den');
    listener.calls.length = 0;
    await whileAway(scene, listener, () => scene.say('den', '1', 'missed again'));
    await listener.hears('newMessage', 1);
    expect(listener.socket.recovered).toBe(true);
    expect(listener.fields('newMessage', 'content')).toEqual(['missed again']);
  },
);

test('a session that was gone for less is caught up, and is saved again', async () => {
  const { fittings, forgetOld, saved } = watched();
  await using scene = await openScene(settings, fittings);
  const listener = await begun(scene);
  for (const text of ['missed', 'missed again']) {
    const savedBefore = saved.length;
    await whileAway(scene, listener, async () => {
      await scene.say('den', '1', text);
      passedMs += 60 * dayMs;
      expect(await forgetOld()).toBe(0);
    });
    expect(listener.socket.recovered).toBe(true);
    await until(
      () => saved.length > savedBefore,
      () => 'it was not saved again',
    );
  }
  await listener.hears('newMessage', 3);
  expect(listener.fields('newMessage', 'content')).toEqual(['heard', 'missed', 'missed again']);
});

test.for([{ joins: true }, { joins: false }])(
  'a session that stays connected never ages (it has joined something: $joins)',
  async ({ joins }) => {
    const { fittings, forgetOld, saved } = watched();
    await using scene = await openScene(settings, fittings);
    await scene.found('77', ['1', '2'], 'open');
    const listener = await scene.listen('/', lasting);
    if (joins) await listener.ask('join_conversation', 77);
    const text = joins ? 'content' : 'message';
    const event = joins ? 'new_message' : 'receive_message';
    for (let month = 1; month <= 5; month++) {
      const savedBefore = saved.length;
      passedMs += 30 * dayMs;
      await until(
        () => saved.length > savedBefore,
        () => 'it was not saved again',
      );
      await forgetOld();
    }
    await whileAway(scene, listener, () => scene.say('77', '1', 'missed'));
    expect(listener.socket.recovered).toBe(true);
    await listener.hears(event, 1);
    expect(listener.fields(event, text)).toEqual(['missed']);
  },
);

test('a session of today is not saved by itself', async () => {
  const { fittings, saved } = watched();
  await using scene = await openScene(settings, fittings);
  await scene.found('77', ['1', '2'], 'open');
  const listener = await scene.listen('/', lasting);
  passedMs += dayMs / 2;
  await whileAway(scene, listener, () => scene.say('77', '1', 'missed'));
  await listener.hears('receive_message', 1);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect(saved).toEqual([]);
});
