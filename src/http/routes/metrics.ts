import type { FastifyInstance } from 'fastify';
import { bearerOf, isSame } from '../authenticate.ts';
import { problem, sendProblem } from '../status.ts';
import type { Watch } from '../watch.ts';

const words = 'Authentication error. Send `Authorization: Bearer <METRICS_TOKEN>`.';

/** `/metrics`, for whoever has the token that the operator gave to Prometheus. */
export function addMetricsRoute(app: FastifyInstance, metrics: Watch['metrics']): void {
  if (!metrics) return;
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    const token = bearerOf(request.headers.authorization);
    if (token === undefined || !isSame(token, metrics.token))
      return sendProblem(reply, problem('UNAUTHENTICATED', words));
    return reply
      .type(metrics.contentType)
      .header('cache-control', 'no-store')
      .send(await metrics.text());
  });
}
