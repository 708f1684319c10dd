import type { Store } from '../app/ports.ts';
import type { Entry, EphemeralEvent, LoggedEvent } from '../core/events.ts';
import { topicOf } from '../core/events.ts';
import type { ConversationId, Position, TimeMs, UserId } from '../core/model.ts';
import { takesWordsBack } from '../core/revisions.ts';
import type { Heard } from '../dialects/dialect.ts';
import type { Connection, OnlineUser } from './connection.ts';
import type { Flush } from './flush.ts';
import { OnlineUsers } from './online-users.ts';
import { Replayed } from './replayed.ts';
import { Run } from './run.ts';
import { relations, type Speech, Utterance } from './speech.ts';

/** Who on this node hears a conversation. */
class Audience {
  /** Users who are members, wherever their connections are. */
  readonly members = new Set<OnlineUser>();
  readonly joined = new Set<Connection>();
  /** What has been said to them this turn and not left yet. */
  joinedRun: Run | undefined;
  memberRun: Run | undefined;
  /** Does anybody hear the member run? */
  hasMemberListeners = false;

  /** After a change of listeners nothing may be added to what the former ones got. */
  sealRuns(): void {
    this.joinedRun = undefined;
    this.memberRun = undefined;
  }

  get isEmpty(): boolean {
    return this.members.size === 0 && this.joined.size === 0;
  }
}

/** Fan-out on this node: knows who hears what, and puts each event into their turn once. */
export class Hub {
  readonly users: OnlineUsers;
  readonly #speech: Speech;
  readonly #flush: Flush;
  readonly #audiences = new Map<ConversationId, Audience>();
  readonly #replayed = new Replayed();
  #turn = 0;
  #generation = 0;

  constructor(parts: { store: Pick<Store, 'loadMemberships'>; speech: Speech; flush: Flush }) {
    this.#speech = parts.speech;
    this.#flush = parts.flush;
    this.users = new OnlineUsers(parts.store, {
      onAdded: (user, conversationId) => {
        const audience = this.#audience(conversationId);
        audience.members.add(user);
        audience.sealRuns();
      },
      onRemoved: (user, conversationId) => this.#removeMember(user, conversationId),
    });
  }

  /** From now on the connection hears the conversation as one that has joined it. Repeating it is harmless. */
  join(connection: Connection, conversationId: ConversationId, from: Position): boolean {
    if (connection.joined.has(conversationId)) return false;
    connection.joined.set(conversationId, from);
    // While it is being caught up it hears of it from the log, and joins when that is through; over, its session will.
    if (!connection.isLive || connection.isClosed) return false;
    const audience = this.#audience(conversationId);
    audience.joined.add(connection);
    audience.sealRuns();
    return true;
  }

  /** From now on it does not. False where it was not heard live: not joined, or still being caught up. */
  leave(connection: Connection, conversationId: ConversationId): boolean {
    return connection.joined.delete(conversationId) && this.#stopHearing(connection, conversationId);
  }

  /** A connection came, or listens to other things than before: it must not be left out of what is being said this turn. */
  listenersChanged(): void {
    this.#generation++;
  }

  /** A connection that is over hears nothing any more. What it has joined stays its session's. */
  remove(connection: Connection): void {
    for (const conversationId of connection.joined.keys()) this.#stopHearing(connection, conversationId);
    this.users.remove(connection.online, connection);
  }

  /** The connections that have joined. */
  joinedOf(conversationId: ConversationId): ReadonlySet<Connection> {
    return this.#audiences.get(conversationId)?.joined ?? none;
  }

  /** May it hear of conversations that it has not joined? */
  hearsAsMember(connection: Connection): boolean {
    return (connection.voice & this.#speech.memberVoices) !== 0;
  }

  /** A logged event for those who missed it; written once for all who come back at about the same time. */
  utteranceOf(entry: Entry): Utterance {
    const { event, at, position } = entry;
    return this.#replayed.get(entry, () => this.#utterance({ event, at, position }));
  }

  /** Every entry of the log, in order. */
  publish(entry: Entry): void {
    const { event, at, position } = entry;
    const topic = topicOf(event);
    const heard: Heard<LoggedEvent> = { event, at, position };
    if (takesWordsBack(entry)) this.#replayed.forgetConversation(topic.conversationId);
    if (topic.conversationId !== undefined) this.#toConversation(topic.conversationId, heard);
    else this.#toUser(topic.userId, heard);
    // After it was heard: whoever is removed still hears of it, whoever was added hears what comes after.
    this.users.apply(entry);
  }

  publishEphemeral(event: EphemeralEvent, at: TimeMs): void {
    const heard: Heard<EphemeralEvent> = { event, at };
    if (event.type === 'PresenceChanged') this.#toAcquaintances(event.userId, heard);
    else this.#toConversation(event.conversationId, heard);
  }

  #utterance(heard: Heard): Utterance {
    return new Utterance(heard, this.#turn++, this.#speech);
  }

  #toConversation(conversationId: ConversationId, heard: Heard): void {
    const audience = this.#audiences.get(conversationId);
    if (!audience) return;
    const utterance = this.#utterance(heard);
    if (utterance.rows.rows.length === 0) return;
    if (audience.joined.size > 0) this.#joinedRunOf(audience).add(utterance);
    if (utterance.rows.memberVoices === 0 || audience.members.size === 0) return;
    const run = this.#memberRunOf(audience, conversationId);
    // A run that nobody takes away would grow for ever.
    if (audience.hasMemberListeners) run.add(utterance);
  }

  /** The run of this turn for those who have joined, in the outbox of each of them. */
  #joinedRunOf(audience: Audience): Run {
    let run = audience.joinedRun;
    if (run && !run.isSealed && run.generation === this.#generation) return run;
    // The same one again: one that was new each time would outlive the young generation wherever many conversations are spoken in.
    if (!run?.again(this.#generation)) {
      // Who has joined is a member: entering and removal keep it so.
      run = new Run(relations.joined | relations.member, this.#generation);
      audience.joinedRun = run;
    }
    for (const connection of audience.joined) this.#flush.add(connection, run);
    return run;
  }

  /** The same for the other connections of members, as far as they hear what they have not joined. */
  #memberRunOf(audience: Audience, conversationId: ConversationId): Run {
    let run = audience.memberRun;
    if (run && !run.isSealed && run.generation === this.#generation) return run;
    if (!run?.again(this.#generation)) {
      run = new Run(relations.member, this.#generation);
      audience.memberRun = run;
    }
    audience.hasMemberListeners = false;
    for (const user of audience.members) {
      for (const connection of user.connections) {
        if (!this.hearsAsMember(connection) || !connection.isLive) continue;
        if (connection.joined.has(conversationId)) continue;
        audience.hasMemberListeners = true;
        this.#flush.add(connection, run);
      }
    }
    return run;
  }

  #toUser(userId: UserId, heard: Heard): void {
    const user = this.users.get(userId);
    if (!user) return;
    const utterance = this.#utterance(heard);
    this.#toConnections(user.connections, utterance, relations.subject);
  }

  #toAcquaintances(userId: UserId, heard: Heard): void {
    const user = this.users.get(userId);
    if (user && user.loadedAt >= 0) {
      this.#toAcquaintancesOf(user, heard);
      return;
    }
    // Gone, or not on this node: whom they share a conversation with has to be read. What cannot be read is not told.
    this.users.arrive(userId).then(
      (known) => {
        this.#toAcquaintancesOf(known, heard);
        this.users.leaveDoor(known);
      },
      () => undefined,
    );
  }

  /** Every connection of everyone else who shares a conversation, once, however many they share. */
  #toAcquaintancesOf(user: OnlineUser, heard: Heard): void {
    const utterance = this.#utterance(heard);
    const { acquaintanceVoices } = utterance.rows;
    const listeners = new Set<Connection>();
    for (const conversationId of user.conversationIds.keys()) {
      for (const member of this.#audiences.get(conversationId)?.members ?? []) {
        if (member === user) continue;
        for (const connection of member.connections) {
          if ((connection.voice & acquaintanceVoices) !== 0) listeners.add(connection);
        }
      }
    }
    this.#toConnections(listeners, utterance, relations.acquaintance);
  }

  #toConnections(connections: Iterable<Connection>, utterance: Utterance, relation: number): void {
    if (utterance.rows.rows.length === 0) return;
    const run = new Run(relation, this.#generation);
    run.add(utterance);
    for (const connection of connections) if (connection.isLive) this.#flush.add(connection, run);
  }

  #stopHearing(connection: Connection, conversationId: ConversationId): boolean {
    const audience = this.#audiences.get(conversationId);
    if (!audience?.joined.delete(connection)) return false;
    audience.sealRuns();
    this.#dropIfEmpty(conversationId, audience);
    return true;
  }

  #audience(conversationId: ConversationId): Audience {
    let audience = this.#audiences.get(conversationId);
    if (!audience) {
      audience = new Audience();
      this.#audiences.set(conversationId, audience);
    }
    return audience;
  }

  #removeMember(user: OnlineUser, conversationId: ConversationId): void {
    const audience = this.#audiences.get(conversationId);
    if (!audience) return;
    audience.members.delete(user);
    for (const connection of user.connections) {
      if (connection.joined.delete(conversationId)) audience.joined.delete(connection);
    }
    audience.sealRuns();
    this.#dropIfEmpty(conversationId, audience);
  }

  #dropIfEmpty(conversationId: ConversationId, audience: Audience): void {
    if (audience.isEmpty) this.#audiences.delete(conversationId);
  }
}

const none: ReadonlySet<Connection> = new Set();
