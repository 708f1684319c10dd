import { refuse } from '../../core/refusals.ts';
import { type AddRoute, ok } from '../route.ts';
import { ServerStats, type Watch } from '../watch.ts';

/** The figures of this node as one snapshot, for a console. Prometheus has `/metrics`. */
export function addStatsRoute(addRoute: AddRoute, watch: Pick<Watch, 'stats'> | undefined): void {
  addRoute({
    method: 'GET',
    url: '/api/v1/admin/stats',
    operationId: 'readStats',
    tag: 'Server',
    summary: 'The figures of this node',
    description: 'For the host and admins. Rates are the difference of two snapshots.',
    who: 'admins',
    answers: { 200: { description: 'As of now.', schema: ServerStats } },
    refusals: [],
    async answer() {
      return watch ? ok(watch.stats()) : refuse('UNAVAILABLE');
    },
  });
}
