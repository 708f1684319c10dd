import type { Store } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import { topicOf } from '../core/events.ts';
import type { ConversationId, Position } from '../core/model.ts';
import { reviseEntry, takesWordsBack } from '../core/revisions.ts';
import type { Connection } from './connection.ts';
import type { Hub } from './hub.ts';
import type { Pids, Place } from './pids.ts';
import type { PresentUsers } from './present-users.ts';
import { roomToWrite } from './room-to-write.ts';
import type { Sequencer } from './sequencer.ts';
import type { Sessions } from './sessions.ts';
import { type Flavour, relations } from './speech.ts';
import { Chunk } from './transport.ts';

/** How many entries are read at once. */
const pageEntries = 500;
/** How often a client that is being caught up is told where it is: what lies between could be repeated by another cut. */
const markerEvery = 20;

export type ResumeParts = {
  readonly store: Pick<Store, 'readEntries'>;
  readonly sequencer: Sequencer;
  readonly hub: Hub;
  readonly presentUsers: PresentUsers;
  readonly pids: Pids;
  readonly sessions: Pick<Sessions, 'endJoins'>;
  /** So much is sent at once, and above it nothing more is read for a connection until it has taken what it was sent. */
  readonly softLimitBytes: number;
  /** Hears how many entries a session was told that came back. */
  readonly onResumed?: ((entries: number) => void) | undefined;
};

/**
 * Backfill, cutover, live: a session that comes back hears what it missed, in order, once, and in the very tick in which the
 * last of it is sent it hears what is new. From the ring where that reaches back far enough, else from the log.
 */
export class Resume {
  readonly #parts: ResumeParts;
  /** Told in the log when the server stops. */
  resumed = 0;
  replayedEntries = 0;
  storeReads = 0;

  constructor(parts: ResumeParts) {
    this.#parts = parts;
  }

  /** Starts at once; where the ring suffices and little was missed, it is through when this returns. */
  async catchUp(connection: Connection, from: Position): Promise<void> {
    const { sequencer } = this.#parts;
    this.resumed++;
    connection.heardUpTo = from;
    for (;;) {
      if (connection.isClosed) return;
      const head = sequencer.position;
      if (sequencer.ring.covers(connection.heardUpTo)) {
        this.#send(connection, this.#fromRing(connection), head);
        if (connection.heardUpTo === head) {
          this.#goLive(connection);
          return;
        }
      } else {
        const { entries, through } = await this.#fromStore(connection, head);
        await this.#sendPage(connection, entries, through, head);
      }
      await roomToWrite(connection, this.#parts.softLimitBytes);
    }
  }

  #topicsOf(connection: Connection): { conversationIds: ConversationId[]; userId: string } {
    const { online, joined } = connection;
    const conversationIds = this.#parts.hub.hearsAsMember(connection)
      ? [...online.conversationIds.keys()]
      : [...joined.keys()].filter((id) => online.conversationIds.has(id));
    return { conversationIds, userId: connection.user.id };
  }

  #fromRing(connection: Connection): Entry[] {
    return this.#parts.sequencer.ring.ofTopics(connection.heardUpTo, this.#topicsOf(connection));
  }

  #fromStore(connection: Connection, head: Position): ReturnType<Store['readEntries']> {
    this.storeReads++;
    const { conversationIds, userId } = this.#topicsOf(connection);
    return this.#parts.store.readEntries({
      after: connection.heardUpTo,
      upTo: head,
      limit: pageEntries,
      topics: { conversationIds, userIds: [userId] },
    });
  }

  /** What a slow connection cannot take is let go of, and read again when it can. `readAt`: the head when the page was read. */
  async #sendPage(
    connection: Connection,
    entries: readonly Entry[],
    through: Position,
    readAt: Position,
  ): Promise<void> {
    const { softLimitBytes } = this.#parts;
    for (;;) {
      if (connection.isClosed) return;
      const asNow = this.#asNow(entries, readAt);
      if (!asNow) return;
      this.#send(connection, asNow, through);
      if (connection.heardUpTo === through || connection.link.bufferedBytes > softLimitBytes) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Entries without the words that were taken back since they were read; undefined where nobody remembers which. */
  #asNow(entries: readonly Entry[], readAt: Position): readonly Entry[] | undefined {
    const { sequencer } = this.#parts;
    if (sequencer.position === readAt) return entries;
    const revisions = new Map<ConversationId, readonly Entry[]>();
    const now: Entry[] = [];
    for (const entry of entries) {
      const { conversationId } = topicOf(entry.event);
      if (conversationId === undefined) {
        now.push(entry);
        continue;
      }
      const since = revisions.get(conversationId) ?? sequencer.recent(readAt, conversationId)?.filter(takesWordsBack);
      if (!since) return undefined;
      revisions.set(conversationId, since);
      const asNow = since.reduce<Entry | undefined>((one, revision) => one && reviseEntry(one, revision), entry);
      if (asNow) now.push(asNow);
    }
    return now;
  }

  /** Sends as much of it at once as a connection may be sent, and says how far it came. */
  #send(connection: Connection, entries: readonly Entry[], through: Position): void {
    const { hub, pids, sequencer, softLimitBytes } = this.#parts;
    const { packaging } = connection;
    const chunks: Chunk[] = [];
    const mark = (place: Place) => {
      const marker = packaging.marker(pids.offset(place));
      if (marker !== undefined) chunks.push(new Chunk([marker], packaging));
    };
    let unmarked = 0;
    let weight = 0;
    let place: Place = through === sequencer.position ? sequencer.place : { position: through, at: undefined };
    for (const entry of entries) {
      if (entry.position <= connection.heardUpTo) continue;
      this.replayedEntries++;
      if (connection.resumed) connection.resumed.replayed++;
      this.#endJoinIfRemoved(connection, entry);
      const flavour = relationTo(connection, entry);
      if (flavour === undefined) continue;
      const utterance = hub.utteranceOf(entry);
      const personal = (utterance.rows.personalVoices & connection.voice) !== 0;
      const own = personal ? utterance.relationsTo(connection.user.id) : 0;
      const chunk = utterance.chunk(connection.voice | flavour | own, packaging);
      if (!chunk) continue;
      chunks.push(chunk);
      for (const packet of chunk.packets) weight += packet.length;
      if (weight > softLimitBytes && entry.position < through) {
        place = entry;
        break;
      }
      if (++unmarked % markerEvery === 0) mark(entry);
    }
    connection.heardUpTo = place.position;
    mark(place);
    connection.link.send(chunks);
  }

  /** Whoever was removed while they were away has joined no more, also where they were added again since. */
  #endJoinIfRemoved(connection: Connection, { event, position }: Entry): void {
    if (event.type !== 'MemberRemoved' || event.userId !== connection.user.id) return;
    const { conversationId } = event;
    const from = connection.joined.get(conversationId);
    if (from === undefined || from >= position) return;
    this.#parts.sessions.endJoins(connection, [conversationId]);
  }

  /** What was sent reaches up to this tick's head, so from here on the connection hears with everybody else. */
  #goLive(connection: Connection): void {
    const { hub, presentUsers } = this.#parts;
    connection.isLive = true;
    this.#parts.onResumed?.(connection.resumed?.replayed ?? 0);
    for (const [conversationId, from] of [...connection.joined]) {
      connection.joined.delete(conversationId);
      if (hub.join(connection, conversationId, from)) presentUsers.joined(conversationId, connection.user);
    }
    hub.listenersChanged();
  }
}

/** How the connection stood to a missed entry: only who is a member now and was at its position hears it. */
function relationTo(connection: Connection, entry: Entry): Flavour | undefined {
  const { conversationId } = topicOf(entry.event);
  if (conversationId === undefined) return relations.subject;
  const since = connection.online.conversationIds.get(conversationId);
  if (since === undefined || entry.position < since) return undefined;
  const from = connection.joined.get(conversationId);
  return from !== undefined && entry.position > from ? relations.joined | relations.member : relations.member;
}
