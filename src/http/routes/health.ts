import Type from 'typebox';
import { type AddRoute, ok } from '../route.ts';

export function addHealthRoute(addRoute: AddRoute): void {
  addRoute({
    method: 'GET',
    url: '/health',
    operationId: 'health',
    tag: 'Server',
    summary: 'Is the server up?',
    description: 'Answers as soon as the server listens. Asks for nothing and tells nothing else.',
    who: 'anyone',
    answers: {
      200: {
        description: 'It is up.',
        schema: Type.Object({ status: Type.Literal('ok') }, { additionalProperties: false }),
      },
    },
    refusals: [],
    answer: async () => ok({ status: 'ok' }),
  });
}
