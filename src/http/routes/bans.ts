import Type from 'typebox';
import { isRefusal } from '../../core/refusals.ts';
import { time } from '../json.ts';
import { readTime } from '../reading.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { BanAnswer, BanPage, LimitText, limitOf, PathId } from '../schemas.ts';

/** Who is kept out. */
export function addBanRoutes(addRoute: AddRoute, { house }: RouteContext): void {
  addRoute({
    method: 'GET',
    url: '/api/v1/bans',
    operationId: 'listBans',
    tag: 'Users',
    summary: 'Who is banned?',
    description: 'For the host and admins, by user id. Bans that have ended by themselves are left out.',
    who: 'admins',
    query: Type.Object({ limit: Type.Optional(LimitText), after: Type.Optional(PathId.properties.id) }),
    answers: { 200: { description: 'One page.', schema: BanPage } },
    refusals: [],
    async answer({ query: { limit, after } }) {
      const now = house.clock.nowMs();
      const all = [...(await house.store.loadBans())]
        .filter(([userId, { untilMs }]) => (untilMs === undefined || untilMs > now) && (!after || userId > after))
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const page = all.slice(0, limitOf(limit));
      const hasMore = all.length > page.length;
      const last = page.at(-1);
      return ok({
        bans: page.map(([userId, { reason, untilMs }]) => ({
          userId,
          ...(reason === undefined ? {} : { reason }),
          ...(untilMs === undefined ? {} : { until: time(untilMs) }),
        })),
        hasMore,
        ...(hasMore && last ? { nextAfter: last[0] } : {}),
      });
    },
  });

  addRoute({
    method: 'PUT',
    url: '/api/v1/bans/:id',
    operationId: 'banUser',
    audit: 'admins too',
    tag: 'Users',
    summary: 'Ban a user',
    description:
      'By the host, and by admins, who ban no admins. Every token of theirs is refused from then on, and their connections end ' +
      'within a second. What they said stays. Banning again replaces the reason and the end.',
    who: 'both',
    params: PathId,
    body: Type.Object({
      reason: Type.Optional(Type.String({ maxLength: 500 })),
      until: Type.Optional(Type.String({ format: 'date-time', description: 'When it ends by itself; absent: never.' })),
    }),
    answers: { 200: { description: 'The ban.', schema: BanAnswer } },
    refusals: [],
    async answer({ actor, params: { id: userId }, body: { reason, until }, baseUrl }) {
      const untilMs = readTime('until', until);
      if (typeof untilMs === 'object') return untilMs;
      const ban = { ...(reason === undefined ? {} : { reason }), ...(untilMs === undefined ? {} : { untilMs }) };
      const outcome = await house.execute({ type: 'SetBan', userId, isBanned: true, ...ban }, actor, { baseUrl });
      if (isRefusal(outcome)) return outcome;
      const ends = untilMs === undefined ? {} : { until: time(untilMs) };
      return ok({ userId, ...(reason === undefined ? {} : { reason }), ...ends });
    },
  });

  addRoute({
    method: 'DELETE',
    url: '/api/v1/bans/:id',
    operationId: 'unbanUser',
    audit: 'admins too',
    tag: 'Users',
    summary: 'Lift a ban',
    description: 'Tokens that were good before are good again. Doing it again changes nothing.',
    who: 'both',
    params: PathId,
    answers: { 204: { description: 'They are not banned.' } },
    refusals: [],
    async answer({ actor, params: { id: userId }, baseUrl }) {
      const outcome = await house.execute({ type: 'SetBan', userId, isBanned: false }, actor, { baseUrl });
      return isRefusal(outcome) ? outcome : { status: 204 };
    },
  });
}
