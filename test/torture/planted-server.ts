import { once } from 'node:events';
import type { AppendItem, AppendOutcome, Draft, Store } from '../../src/app/ports.ts';
import { loadConfig } from '../../src/config.ts';
import type { Entry, LoggedEventType } from '../../src/core/events.ts';
import type { QuotedMessage } from '../../src/core/model.ts';
import { Hub } from '../../src/gateway/hub.ts';
import { OnlineUsers } from '../../src/gateway/online-users.ts';
import { Pids } from '../../src/gateway/pids.ts';
import { Ring } from '../../src/gateway/ring.ts';
import { Sequencer } from '../../src/gateway/sequencer.ts';
import { startServer } from '../../src/server.ts';
import { makeLogger } from '../../src/telemetry.ts';
import { hastyStore } from './hasty-store.ts';
import { isPlantedBug, type PlantedBug } from './planted-bugs.ts';

/** The server with bugs planted in it: `node planted-server.ts <bug> …`. */

/** The same store with some of its methods exchanged. */
function withMethods(store: Store, exchanged: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(exchanged, name) ?? Reflect.get(target, name);
      return typeof value === 'function' && !Reflect.has(exchanged, name) ? value.bind(target) : value;
    },
  });
}

/** Whoever comes back is read the log from one entry further on than where it was. */
function misreading(store: Store): Store {
  return withMethods(store, {
    readEntries(range) {
      const after = range.after + 1;
      const isMisread = range.topics !== undefined && after < (range.upTo ?? Number.POSITIVE_INFINITY);
      return store.readEntries(isMisread ? { ...range, after } : range);
    },
  });
}

/** Whoever comes back is taken to be one entry behind where it says that it is. */
function misunderstanding(store: Store): Store {
  const { readOffset } = Pids.prototype;
  Pids.prototype.readOffset = function (offset) {
    const [epoch, position] = offset.split('.');
    return readOffset.call(this, `${epoch}.${Math.max(0, Number(position) - 1)}`);
  };
  return store;
}

/** What this node says itself passes at once, whatever the others have said before it. */
function impatient(store: Store): Store {
  const { push } = Sequencer.prototype;
  Sequencer.prototype.push = function (entries) {
    for (const entry of entries) {
      this.startWith([], entry.position - 1);
      push.call(this, [entry]);
    }
  };
  return store;
}

const oneIn = 50;
const lostIn = 10;
/** Marks are few, and the reader's next one hides that one was lost. */
const marksLostIn = 2;
const ignoredIn = 3;
const hesitatesMs = 150;
const miscountedIn = 3;
const lingersMs = 140;
const tiresMs = 250;

/** Of what other nodes have said some is left out. `topics` are asked for by whoever comes back, not by this node. */
function inattentive(store: Store): Store {
  return withMethods(store, {
    async readEntries(range) {
      const { entries, ...rest } = await store.readEntries(range);
      const heard = entries.filter(({ position }) => position % oneIn > 0);
      return { ...rest, entries: range.topics === undefined ? heard : entries };
    },
  });
}

/** Of commands that write such an event first some are answered and never written. */
function losing(store: Store, types: readonly LoggedEventType[], oneOf = lostIn): Store {
  let written = 0;
  const isLost = ({ drafts: [first] }: AppendItem) =>
    first !== undefined && types.includes(first.type) && ++written % oneOf === 0;
  return withMethods(store, {
    async append(items) {
      const kept = items.map((item) => (isLost(item) ? undefined : item));
      const outcomes = [...(await store.append(kept.filter((item) => item !== undefined)))];
      return kept.map((item): AppendOutcome => (item && outcomes.shift()) || { ok: true, entries: [] });
    },
  });
}

/** Whoever comes back is told messages as they were said, whatever has become of them. */
function unforgetting(store: Store): Store {
  const { add, ofTopics } = Ring.prototype;
  const asSaid = new Map<number, Entry>();
  Ring.prototype.add = function (entry) {
    if (entry.event.type === 'MessageSent') asSaid.set(entry.position, entry);
    add.call(this, entry);
  };
  Ring.prototype.ofTopics = function (after, topics) {
    return ofTopics.call(this, after, topics).map((entry) => asSaid.get(entry.position) ?? entry);
  };
  return store;
}

/** One unread message more than there is, of some conversations. */
function miscounting(store: Store): Store {
  let views = 0;
  return withMethods(store, {
    async viewConversation(id, userId) {
      const view = await store.viewConversation(id, userId);
      return view && ++views % miscountedIn === 0 ? { ...view, unreadCount: view.unreadCount + 1 } : view;
    },
  });
}

/** Some who leave go on hearing. */
function following(store: Store): Store {
  const { leave } = Hub.prototype;
  let leaves = 0;
  Hub.prototype.leave = function (connection, conversationId) {
    return ++leaves % ignoredIn === 0 && !connection.isClosed ? true : leave.call(this, connection, conversationId);
  };
  return store;
}

/** Whoever joins hears nothing for a while. */
function hesitating(store: Store): Store {
  const { join } = Hub.prototype;
  Hub.prototype.join = function (...args) {
    setTimeout(() => join.apply(this, args), hesitatesMs);
    return true;
  };
  return store;
}

/** A quote as the message was said, whatever has become of it: without the reading that stands in the text of an edited one. */
function asSaid(quote: QuotedMessage): QuotedMessage {
  return { ...quote, text: quote.text.replace(/^(#[0-9a-z]+)\.[0-9]+ /, '$1 ') };
}

/** What is answered is quoted as it was said. */
function misquoting(store: Store): Store {
  const withOldQuote = (draft: Draft): Draft => {
    if (draft.type !== 'MessageSent' || !draft.message.replyTo) return draft;
    return { ...draft, message: { ...draft.message, replyTo: asSaid(draft.message.replyTo) } };
  };
  return withMethods(store, {
    append: (items) => store.append(items.map((item) => ({ ...item, drafts: item.drafts.map(withOldQuote) }))),
  });
}

/** Histories show quotes as they were said. */
function clinging(store: Store): Store {
  return withMethods(store, {
    async readMessages(range) {
      const { value, ...rest } = await store.readMessages(range);
      const messages = value.messages.map((message) =>
        message.replyTo ? { ...message, replyTo: asSaid(message.replyTo) } : message,
      );
      return { ...rest, value: { ...value, messages } };
    },
  });
}

/** Whoever is removed hears for a while longer. */
function lingering(store: Store): Store {
  const { apply } = OnlineUsers.prototype;
  OnlineUsers.prototype.apply = function (entry) {
    if (entry.event.type === 'MemberRemoved') setTimeout(() => apply.call(this, entry), lingersMs);
    else apply.call(this, entry);
  };
  return store;
}

/** Whoever is added hears nothing after a while. */
function tiring(store: Store): Store {
  const { apply } = OnlineUsers.prototype;
  OnlineUsers.prototype.apply = function (entry) {
    apply.call(this, entry);
    const { event, at } = entry;
    if (event.type !== 'MemberAdded') return;
    const { conversationId, user } = event;
    const removed = {
      type: 'MemberRemoved',
      conversationId,
      userId: user.id,
      wasJoined: false,
      mayReenter: true,
    } as const;
    setTimeout(() => apply.call(this, { position: Number.MAX_SAFE_INTEGER, at, event: removed }), tiresMs);
  };
  return store;
}

const planted: { readonly [B in PlantedBug]?: (store: Store) => Store } = {
  'answer-before-commit': (store) => withMethods(store, hastyStore(store)),
  'resume-one-early': misunderstanding,
  'resume-one-late': misreading,
  'lose-a-revision': (store) => losing(store, ['MessageEdited', 'MessageDeleted']),
  'lose-a-reaction': (store) => losing(store, ['MessageReacted', 'MessageUnreacted']),
  'remember-old-words': unforgetting,
  'lose-a-read-mark': (store) => losing(store, ['ReadCursorMoved'], marksLostIn),
  'miscount-what-is-unread': miscounting,
  'tell-the-removed': lingering,
  'forget-a-member': tiring,
  'go-on-after-leaving': following,
  'join-late': hesitating,
  'quote-old-words': misquoting,
  'keep-quoted-words': clinging,
  'ignore-a-gap': impatient,
  'skip-what-others-said': inattentive,
};

const plants = process.argv.slice(2).map((bug) => {
  const plant = isPlantedBug(bug) ? planted[bug] : undefined;
  if (!plant) throw new Error(`${bug} is no bug that can be planted in a server.`);
  return plant;
});
const plantAll = (store: Store): Store => plants.reduce((sound, plant) => plant(sound), store);
const config = loadConfig(process.env);
const server = await startServer(config, makeLogger(config.log.level), { store: plantAll });
await once(process, 'SIGTERM');
await server[Symbol.asyncDispose]();
process.exit(0);
