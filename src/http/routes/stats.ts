import { refuse } from '../../core/refusals.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { ServerStats, type Watch } from '../watch.ts';

/** The figures of this node as one snapshot, for a console. Prometheus has `/metrics`. */
export function addStatsRoute(
  addRoute: AddRoute,
  { adminRoles }: Pick<RouteContext, 'adminRoles'>,
  watch: Pick<Watch, 'stats'> | undefined,
): void {
  addRoute({
    method: 'GET',
    url: '/api/v1/admin/stats',
    operationId: 'readStats',
    tag: 'Server',
    summary: 'The figures of this node',
    description: 'For the host and admins. Rates are the difference of two snapshots.',
    who: 'both',
    answers: { 200: { description: 'As of now.', schema: ServerStats } },
    refusals: [],
    async answer({ actor }) {
      if (actor.kind === 'user' && !adminRoles.has(actor.user.role)) return refuse('FORBIDDEN');
      return watch ? ok(watch.stats()) : refuse('UNAVAILABLE');
    },
  });
}
