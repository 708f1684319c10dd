import { applyToConversation } from '../core/conversations.ts';
import type { Entry } from '../core/events.ts';
import type { Conversation, ConversationId, KnownConversation, Position, UserId } from '../core/model.ts';
import { type Facts, isMember, type Standing } from '../core/rules.ts';
import type { DecidedIn } from './ports.ts';

/** What a decision may look at. */
export interface LaneFacts {
  /** All but what is said in it, which no decision depends on, is kept up to date. */
  readonly conversation: KnownConversation | undefined;
  /** All but the read cursor, which no decision depends on, is kept up to date. */
  standingOf(userId: UserId): Standing;
  of(userId: UserId): Facts;
  /** How far the log was known when it gave the user this standing; 0 when nothing is known. */
  seenAt(userId: UserId): Position;
}

/** `position`: how far the log was known. */
type Known<T> = { readonly value: T; position: Position };

/** Users whose standing one lane keeps in mind: more than any decision asks for, and few of a crowd. */
const standingsLimit = 10_000;

/** How many standings are known over all lanes that share this count. */
export type StandingsCount = { standings: number };

/** Over all lanes, so that one that was forgotten and made anew goes on with higher ones. */
let lastFacts = 0;
const nextFacts = (): number => ++lastFacts;

/** What is known of one conversation, kept right by the log, and who waits for a decision in it. */
export class Lane<P> implements LaneFacts {
  known: Known<Conversation | undefined> | undefined;
  readonly standings = new Map<UserId, Known<Standing>>();
  queue: P[] = [];
  isBlocked = false;
  turns = 0;
  /** Everything that ever happened in it has passed here, so that whoever is not known has no standing. */
  #isKnownFromBirth = false;
  /** What is decided now stands on these facts; one object for all of it. */
  decidedIn: DecidedIn;
  /** Decided and on their way to disk. */
  inFlight = 0;
  /**
   * Users whose own coming or going is on its way to disk. It says nothing of anybody else, so that only what stands on theirs has
   * to wait for it.
   */
  readonly moving = new Set<UserId>();
  /**
   * Users who have asked for something that stands on a message which others may change, on its way to disk. What they ask next
   * neither overtakes it, where it has to be decided again, nor is decided on the message as it was before.
   */
  readonly revising = new Set<UserId>();
  /** Those on their way stand on older facts: nothing may overtake what has to be decided again. */
  isSettling = false;
  /** Entries that came while something was loading; the load may be older or newer than they are. */
  missed: Entry[] | undefined;

  readonly #count: StandingsCount;

  constructor(conversationId: ConversationId, count: StandingsCount = { standings: 0 }) {
    this.#count = count;
    this.decidedIn = { conversationId, facts: nextFacts() };
  }

  /** Somebody waits in it, or for what it decided. */
  get isBusy(): boolean {
    return this.queue.length > 0 || this.isBlocked || this.inFlight > 0;
  }

  get conversation(): KnownConversation | undefined {
    return this.known?.value;
  }

  standingOf(userId: UserId): Standing {
    return this.standings.get(userId)?.value;
  }

  of(userId: UserId): Facts {
    return { conversation: this.conversation, standing: this.standingOf(userId) };
  }

  seenAt(userId: UserId): Position {
    return this.standings.get(userId)?.position ?? 0;
  }

  /** Whether all is known that a decision about these users stands on. */
  knows(userIds: readonly UserId[]): boolean {
    if (this.known === undefined) return false;
    if (this.#isKnownFromBirth) return true;
    for (const userId of userIds) if (!this.standings.has(userId)) return false;
    return true;
  }

  /** Has what the first of these users asks, and what stands on them all, to wait for what is on its way? */
  holdsBack(userIds: readonly UserId[], isForAll = false): boolean {
    if (this.moving.size === 0 && this.revising.size === 0) return false;
    return userIds.some(
      (userId, index) => this.moving.has(userId) || ((index === 0 || isForAll) && this.revising.has(userId)),
    );
  }

  /** The longest known are forgotten first, and loaded again when somebody asks. */
  remember(userId: UserId, standing: Known<Standing>): void {
    const before = this.standings.size;
    if (before >= standingsLimit && !this.standings.has(userId)) {
      const oldest = this.standings.keys().next().value;
      if (oldest !== undefined) this.standings.delete(oldest);
      this.#isKnownFromBirth = false;
    }
    this.standings.set(userId, standing);
    this.#count.standings += this.standings.size - before;
  }

  forget(): void {
    this.known = undefined;
    this.#count.standings -= this.standings.size;
    this.standings.clear();
    this.#isKnownFromBirth = false;
    this.decidedIn = { conversationId: this.decidedIn.conversationId, facts: nextFacts() };
    // What is loaded next is newer than what those on their way stand on.
    this.isSettling = this.inFlight > 0;
  }

  apply(entry: Entry): void {
    this.missed?.push(entry);
    this.#applyToConversation(entry);
    // What is said, which is most of all, makes nobody a member of anything.
    if (entry.event.type !== 'MessageSent') this.#applyToStandings(entry);
  }

  #applyToConversation(entry: Entry): void {
    if (!this.known || entry.position <= this.known.position) return;
    if (entry.event.type === 'MessageSent') {
      // A new object for each message would outlive the young generation wherever many conversations are spoken in.
      this.known.position = entry.position;
      return;
    }
    if (entry.event.type === 'ConversationCreated') this.#isKnownFromBirth = this.known.value === undefined;
    const next = applyToConversation(this.known.value, entry);
    const isLost = next === undefined && this.known.value !== undefined;
    this.known = isLost ? undefined : { value: next, position: entry.position };
  }

  #applyToStandings({ event, position }: Entry): void {
    const set = (userId: UserId, change: (before: Standing) => Standing) => {
      const before = this.standings.get(userId);
      if (before && before.position >= position) return;
      // A standing that is not known cannot be changed, only replaced: it is loaded when somebody asks.
      const value = change(before?.value);
      if (before || isMember(value)) this.remember(userId, { value, position });
    };
    if (event.type === 'MemberAdded') {
      const { role, user } = event;
      set(user.id, () => ({ userId: user.id, role, since: position, isJoined: false, readCursor: 0 }));
    } else if (event.type === 'MemberRemoved') {
      set(event.userId, () => (event.mayReenter ? undefined : 'barred'));
    } else if (event.type === 'MemberRoleChanged') {
      set(event.userId, (before) => (isMember(before) ? { ...before, role: event.role } : before));
    } else if (event.type === 'MemberJoined' || event.type === 'MemberLeft') {
      const isJoined = event.type === 'MemberJoined';
      set(event.user.id, (before) => (isMember(before) ? { ...before, isJoined } : before));
    }
  }
}
