import Type from 'typebox';
import { AuditPage } from '../host-schemas.ts';
import { time } from '../json.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { LimitText, limitOf, PositionText, positionOf } from '../schemas.ts';

export function addAuditRoute(addRoute: AddRoute, { house }: RouteContext): void {
  addRoute({
    method: 'GET',
    url: '/api/v1/audit',
    operationId: 'listAudit',
    tag: 'Server',
    summary: 'Who did what?',
    description:
      'What the host application changed, and what admins did to users: written down before it was answered, newest first. ' +
      'Messages are not listed, since the log has them. No token, key or secret is ever in it. Admins are shown who did what to ' +
      'whom; `details` and `address` are for the host.',
    who: 'admins',
    query: Type.Object({ limit: Type.Optional(LimitText), before: Type.Optional(PositionText) }),
    answers: { 200: { description: 'One page.', schema: AuditPage } },
    refusals: [],
    async answer({ actor, query }) {
      const { records, hasMore } = await house.store.followers.listAudit({
        limit: limitOf(query.limit),
        ...(query.before === undefined ? {} : { before: positionOf(query.before) }),
      });
      const last = records.at(-1);
      return ok({
        records: records.map(({ id, at, details, address, ...record }) => ({
          id: String(id),
          at: time(at),
          ...record,
          ...(actor.kind === 'host' ? { address, ...(details === undefined ? {} : { details }) } : {}),
        })),
        hasMore,
        ...(hasMore && last ? { nextBefore: String(last.id) } : {}),
      });
    },
  });
}
