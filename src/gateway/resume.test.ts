import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeLog, type Happening, me, nextTurn, startMs } from '../../test/harness/fake-log.ts';
import { connect, plainPackaging } from '../../test/harness/links.ts';
import type { EntryRange } from '../app/ports.ts';
import { type Entry, topicOf } from '../core/events.ts';
import type { ConversationId, Position } from '../core/model.ts';
import { dialects } from '../dialects/index.ts';
import { Flush } from './flush.ts';
import { Hub } from './hub.ts';
import { Pids } from './pids.ts';
import { PresentUsers } from './present-users.ts';
import { Resume } from './resume.ts';
import { Sequencer } from './sequencer.ts';
import { Speech, voiceOf } from './speech.ts';

const conversationIds = ['1', '2', '3'];
type Language = 'kenz' | 'direct' | 'messaging';

/** A session as it comes back. */
type Session = {
  readonly offset: Position;
  readonly languages: readonly Language[];
  readonly since: ReadonlyMap<ConversationId, Position>;
  readonly joined: ReadonlyMap<ConversationId, Position>;
};

/** What it hears of one entry, written down without looking at any table. */
function heardOf(entry: Entry, { languages, since, joined }: Session): string[] {
  const { event, position } = entry;
  const speaks = (language: Language) => languages.includes(language);
  const names: (string | false)[] = [];
  if (event.type === 'NotificationCreated') {
    names.push(event.notification.userId === me && speaks('direct') && 'new_notification');
  } else {
    const { conversationId = '' } = topicOf(event);
    const isMember = position >= (since.get(conversationId) ?? Number.POSITIVE_INFINITY);
    const isJoined = isMember && position > (joined.get(conversationId) ?? Number.POSITIVE_INFINITY);
    const isMine = 'actorId' in event && event.actorId === me;
    if (event.type === 'MessageSent') {
      names.push(isMember && speaks('kenz') && 'receive_message');
      names.push(isJoined && speaks('direct') && 'new_message');
      names.push(isMember && !isMine && speaks('direct') && 'message_notification');
      names.push(isJoined && speaks('messaging') && 'newMessage');
    } else if (event.type === 'ReadCursorMoved') {
      names.push(isMember && (isJoined || isMine) && speaks('direct') && 'messages_read');
      names.push(isJoined && speaks('messaging') && 'messageRead');
    } else if (event.type === 'MemberJoined') {
      names.push(isJoined && speaks('messaging') && 'userJoinedRoom');
    } else if (event.type === 'MemberRemoved') {
      names.push(isJoined && event.wasJoined && speaks('messaging') && 'userLeftRoom');
    }
  }
  return names.filter((name) => name !== false).map((name) => `${name} ${position}`);
}

/** The same words for a packet that was sent. */
function labelOf(packet: string): string {
  const [name = ''] = packet.split(' ', 1);
  const [, readAt] = packet.match(/"readAt":"([^"]*)"/) ?? [];
  const position = readAt
    ? Date.parse(readAt) - startMs
    : packet
        .match(/#(\d+)|"messageId":"(\d+)"/)
        ?.slice(1)
        .join('');
  return `${name} ${position}`;
}
const positionOf = (label: string): Position => Number(label.split(' ')[1]);

const happening: fc.Arbitrary<Happening> = fc.record({
  what: fc.constantFrom('said', 'said', 'joined', 'removed', 'read', 'read', 'notified'),
  conversationId: fc.constantFrom(...conversationIds),
  isMine: fc.boolean(),
});
const happenings = (maxLength: number) => fc.array(happening, { maxLength, size: 'max' });
/** Even, where doubles would crowd near 0. */
const fraction = fc.integer({ min: 0, max: 1000 }).map((perMille) => perMille / 1000);
/** Some of the conversations, each with a place in the log between 0 and 1. */
const places = fc.dictionary(fc.constantFrom(...conversationIds), fraction);

const scenes = fc.record({
  missed: happenings(70),
  offset: fraction,
  languages: fc.subarray<Language>(['kenz', 'direct', 'messaging'], { minLength: 1 }),
  since: places,
  joined: places,
  ringEntries: fc.integer({ min: 1, max: 80 }),
  /** The node was started when the log was that long. */
  startedAt: fc.oneof(fc.constant(0), fraction),
  pageEntries: fc.integer({ min: 1, max: 12 }),
  lateTurns: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 4 }),
  softLimitBytes: fc.integer({ min: 1, max: 4000 }),
  /** Turn by turn: what is committed, whether this node hears of it yet, and what the link has not taken. */
  turns: fc.array(fc.tuple(happenings(6), fc.boolean(), fc.integer({ min: 0, max: 8000 })), { maxLength: 25 }),
});
type Scene = typeof scenes extends fc.Arbitrary<infer S> ? S : never;

async function comeBack(scene: Scene) {
  const log = new FakeLog(scene.pageEntries, scene.lateTurns);
  for (const one of scene.missed) log.append(one);
  const at = (place: number) => Math.round(place * log.head);
  const session: Session = {
    offset: at(scene.offset),
    languages: scene.languages,
    since: new Map(Object.entries(scene.since).map(([id, place]) => [id, at(place)])),
    joined: new Map(Object.entries(scene.joined).map(([id, place]) => [id, at(place)])),
  };
  const { ringEntries, softLimitBytes } = scene;
  const store = {
    readEntries: (range: EntryRange) => log.readEntries(range),
    head: async () => ({ position: log.head, epoch: 'e', secret: 's' }),
    loadMemberships: async () => ({
      position: log.head,
      value: new Map([[me, [...session.since].map(([conversationId, since]) => ({ conversationId, since }))]]),
    }),
  };
  const startedAt = at(scene.startedAt);
  const sequencer = new Sequencer({
    store,
    position: startedAt === 0 ? 0 : Math.max(0, startedAt - ringEntries),
    ringEntries,
  });
  sequencer.startWith(
    log.after(sequencer.position).filter(({ position }) => position <= startedAt),
    startedAt,
  );
  sequencer.push(log.said.slice(startedAt));

  const pids = new Pids('s', 'e');
  const onError = (error: unknown) => {
    throw error;
  };
  const limits = { softLimitBytes: 1_000_000, hardLimitBytes: 2_000_000, onError };
  const flush = new Flush({ head: () => sequencer.place, offset: (place) => pids.offset(place), ...limits });
  const speech = new Speech(dialects.map((dialect) => ({ dialect, packaging: plainPackaging })));
  const hub = new Hub({ store, speech, flush });
  sequencer.subscribe((entry) => hub.publish(entry));
  const presentUsers = new PresentUsers({ publish: () => undefined, tell: () => undefined, graceMs: 1 });
  const sessions = { endJoins: () => undefined };
  const resume = new Resume({ store, sequencer, hub, presentUsers, pids, sessions, softLimitBytes });

  const { connection, link } = connect(me, 'silent', await hub.users.arrive(me));
  link.canResume = true;
  connection.voice = session.languages.reduce((voice, language) => voice | voiceOf[language], 0);
  connection.isLive = false;
  // At the door what had been joined by who is no member any more has ended.
  for (const [conversationId, from] of session.joined) {
    if (session.since.has(conversationId)) connection.joined.set(conversationId, from);
  }
  hub.users.add(connection.online, connection);
  hub.users.leaveDoor(connection.online);
  hub.listenersChanged();

  let whenLive: { readonly marker: string | undefined; readonly head: Position } | undefined;
  const caughtUp = resume.catchUp(connection, session.offset).then(() => {
    whenLive = { marker: link.packets.at(-1), head: sequencer.position };
  });
  // It may be through at once.
  await Promise.resolve();
  for (const [more, isHeard, bufferedBytes] of scene.turns) {
    for (const one of more) log.append(one);
    if (isHeard) sequencer.push(log.said.slice(sequencer.position));
    link.bufferedBytes = bufferedBytes;
    await nextTurn();
    vi.advanceTimersByTime(20);
  }
  link.bufferedBytes = 0;
  for (let turn = 0; !whenLive && turn < 2000; turn++) {
    vi.advanceTimersByTime(20);
    await nextTurn();
  }
  await caughtUp;
  sequencer.push(log.said.slice(sequencer.position));
  await nextTurn();
  sequencer.dispose();
  return { log, session, link, pids, resume, whenLive, isWhole: startedAt === 0 };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a session that comes back', () => {
  test('hears exactly what it missed and what is new, in order, once, and is never told a place ahead of that', async () => {
    const seen = { fromRing: 0, fromStore: 0, compacted: 0 };
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const { log, session, link, pids, resume, whenLive, isWhole } = await comeBack(scene);
        const { packets } = link;
        const sent = packets.filter((packet) => !packet.startsWith('@')).map(labelOf);

        const missedAndNew = log.said.filter(({ position }) => position > session.offset);
        const all = missedAndNew.flatMap((entry) => heardOf(entry, session));
        // What a later one has replaced in the log may be heard of through that alone, unless all came from memory.
        const isFromMemory = isWhole && resume.storeReads === 0;
        const wasSent = new Set(sent);
        const mayBeMissing = (label: string) => !isFromMemory && !log.keeps(positionOf(label)) && !wasSent.has(label);
        const expected = all.filter((label) => !mayBeMissing(label));
        expect(sent).toEqual(expected);
        seen[resume.storeReads > 0 ? 'fromStore' : 'fromRing']++;
        if (expected.length < all.length) seen.compacted++;

        let heardUpTo = session.offset;
        let toldUpTo = session.offset;
        for (const packet of packets) {
          if (!packet.startsWith('@')) {
            heardUpTo = positionOf(labelOf(packet));
            expect(heardUpTo).toBeGreaterThan(toldUpTo);
            continue;
          }
          const place = pids.readOffset(packet.slice(1));
          if (!place) expect.fail(`no place: ${packet}`);
          expect(place.position).toBeGreaterThanOrEqual(Math.max(heardUpTo, toldUpTo));
          expect([undefined, log.said[place.position - 1]?.at]).toContain(place.at);
          toldUpTo = place.position;
        }
        const told = pids.readOffset(whenLive?.marker?.slice(1) ?? '');
        expect(told?.position).toBe(whenLive?.head);
      }),
      { numRuns: 300 },
    );
    for (const runs of Object.values(seen)) expect(runs).toBeGreaterThan(10);
  });
});
