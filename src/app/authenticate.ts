import type { Entry, EventOf } from '../core/events.ts';
import type { Ban, User, UserId } from '../core/model.ts';
import { isBanned, isRevoked, profileAfter } from '../core/users.ts';
import { BatchLoader } from './batch-loader.ts';
import type { Commit } from './commit.ts';
import { type Clock, type Principal, type Store, StoreUnavailable, type Tokens } from './ports.ts';

/** A user whose token was good when it was shown. */
export type Authenticated = {
  readonly user: User;
  readonly issuedAtSeconds?: number;
  readonly expiresAtSeconds?: number;
};

const profilesLimit = 100_000;

/**
 * Who is this? Verifies the token, refuses revoked ones and banned users, and creates or updates the user whom it names. Keeps
 * every revocation and ban and the profiles of late in memory, both fed by the log.
 */
export class Authentication {
  readonly #tokens: Tokens;
  readonly #loading: BatchLoader<UserId, User>;
  readonly #commit: Commit;
  readonly #clock: Clock;
  readonly #revocations: Map<UserId, number>;
  readonly #bans: Map<UserId, Ban>;
  readonly #profiles = new Map<UserId, User>();

  constructor(
    parts: { tokens: Tokens; store: Pick<Store, 'loadUsers'>; commit: Commit; clock: Clock },
    revocations: ReadonlyMap<UserId, number>,
    bans: ReadonlyMap<UserId, Ban> = new Map(),
  ) {
    this.#tokens = parts.tokens;
    this.#loading = new BatchLoader((ids) => parts.store.loadUsers(ids));
    this.#commit = parts.commit;
    this.#clock = parts.clock;
    this.#revocations = new Map(revocations);
    this.#bans = new Map(bans);
  }

  /**
   * Undefined for a token that is bad, expired or revoked, and for whoever is banned. Rejects with `StoreUnavailable` when a profile
   * that is new cannot be written.
   */
  async authenticate(token: string): Promise<Authenticated | undefined> {
    const principal = await this.#tokens.verify(token);
    if (!principal || this.isRevoked(principal.user.id, principal.issuedAtSeconds)) return undefined;
    const user = await this.#remember(principal);
    // The revocation may have come while the profile was being written.
    if (this.isRevoked(user.id, principal.issuedAtSeconds)) return undefined;
    const { issuedAtSeconds, expiresAtSeconds } = principal;
    return {
      user,
      ...(issuedAtSeconds === undefined ? {} : { issuedAtSeconds }),
      ...(expiresAtSeconds === undefined ? {} : { expiresAtSeconds }),
    };
  }

  /** Also of whoever is banned at this moment, whatever the age of their token. */
  isRevoked(userId: UserId, issuedAtSeconds: number | undefined): boolean {
    if (isBanned(this.#bans.get(userId), this.#clock.nowMs())) return true;
    return isRevoked(this.#revocations.get(userId), issuedAtSeconds);
  }

  /** Every entry of the log passes here. */
  apply({ event }: Entry): void {
    if (event.type === 'UserRevoked') this.#revoke(event);
    else if (event.type === 'BanChanged') this.#ban(event);
    else if (event.type === 'UserChanged') this.#keep(event.user);
  }

  async #remember({ user: seen, named }: Principal): Promise<User> {
    const known = this.#profiles.get(seen.id) ?? (await this.#load(seen.id));
    const user = profileAfter(known, seen, named);
    const isSame = known && known.email === user.email && known.role === user.role && known.name === user.name;
    if (isSame) {
      this.#keep(known);
      return known;
    }
    const outcome = await this.#commit.append({
      at: this.#clock.nowMs(),
      expects: [],
      drafts: [{ type: 'UserChanged', user }],
    });
    if (outcome instanceof StoreUnavailable) throw outcome;
    if (!outcome.ok) throw new Error(`The profile of ${user.id} was not written.`);
    return user;
  }

  async #load(userId: UserId): Promise<User | undefined> {
    const loaded = await this.#loading.load(userId);
    // What came round meanwhile is newer.
    return this.#profiles.get(userId) ?? loaded;
  }

  /** A revocation reaches as far as the furthest of them, whatever the clocks of those who asked. */
  #revoke({ userId, revokedAtSeconds }: EventOf<'UserRevoked'>): void {
    this.#revocations.set(userId, Math.max(revokedAtSeconds, this.#revocations.get(userId) ?? 0));
  }

  #ban({ userId, isBanned: isOut, reason, untilMs }: EventOf<'BanChanged'>): void {
    if (!isOut) this.#bans.delete(userId);
    else
      this.#bans.set(userId, {
        ...(reason === undefined ? {} : { reason }),
        ...(untilMs === undefined ? {} : { untilMs }),
      });
  }

  #keep(user: User): void {
    this.#profiles.delete(user.id);
    if (this.#profiles.size >= profilesLimit) {
      const oldest = this.#profiles.keys().next().value;
      if (oldest !== undefined) this.#profiles.delete(oldest);
    }
    this.#profiles.set(user.id, user);
  }
}
