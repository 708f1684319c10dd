import Type from 'typebox';
import { type AddRoute, ok } from '../route.ts';
import type { Watch } from '../watch.ts';

const status = <S extends string>(...words: S[]) =>
  Type.Object({ status: Type.Enum(words) }, { additionalProperties: false });

export function addHealthRoutes(addRoute: AddRoute, watch: Pick<Watch, 'readiness'> | undefined): void {
  addRoute({
    method: 'GET',
    url: '/health',
    operationId: 'health',
    tag: 'Server',
    summary: 'Is the server up?',
    description: 'Answers as soon as the server listens. Asks for nothing and tells nothing else.',
    who: 'anyone',
    answers: { 200: { description: 'It is up.', schema: status('ok') } },
    refusals: [],
    answer: async () => ok({ status: 'ok' }),
  });

  addRoute({
    method: 'GET',
    url: '/ready',
    operationId: 'ready',
    tag: 'Server',
    summary: 'May it be sent clients?',
    description:
      'For load balancers. `draining` is a server that stops: let it go. `broken` is one that runs and cannot do its work, ' +
      'because its database or the other nodes are out of reach; it says which, and comes back by itself when they do.',
    who: 'anyone',
    answers: {
      200: { description: 'It may.', schema: status('ready') },
      503: {
        description: 'It may not.',
        schema: Type.Object(
          {
            status: Type.Enum(['draining', 'broken']),
            reasons: Type.Optional(Type.Array(Type.String(), { description: 'What is broken.' })),
          },
          { additionalProperties: false },
        ),
      },
    },
    refusals: [],
    async answer() {
      const readiness = (await watch?.readiness()) ?? { status: 'ready' };
      return { status: readiness.status === 'ready' ? 200 : 503, body: readiness };
    },
  });
}
