import Type from 'typebox';
import type { SearchQuery } from '../../app/ports.ts';
import { isRefusal, refuse } from '../../core/refusals.ts';
import { snippetOf, termsOf } from '../../core/words.ts';
import { messageJson } from '../json.ts';
import { SearchAnswer } from '../message-schemas.ts';
import { readTime, viewAs } from '../reading.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { LimitText, limitOf, PathId, PositionText, positionOf } from '../schemas.ts';

const Time = Type.String({ format: 'date-time' });
/** Enough to draw, few enough to read one by one. */
const pageLimit = 100;

export function addSearchRoute(addRoute: AddRoute, context: RouteContext): void {
  const { house } = context;

  addRoute({
    method: 'GET',
    url: '/api/v1/search',
    operationId: 'searchMessages',
    tag: 'Messages',
    summary: 'Search in messages',
    description:
      'Finds messages that hold all the words, newest first, whatever their case and accents; `tea*` is any word that begins ' +
      'so. A user searches in the conversations that they are a member of, an admin in a support conversation that they name, ' +
      'the host everywhere. What is new is found within a moment, later under load. While `nextBefore` is there, there may be ' +
      'more, also where a page holds fewer than `limit`.',
    who: 'both',
    query: Type.Object({
      q: Type.String({ minLength: 1, maxLength: 500, description: 'The words, at most 16.' }),
      conversationId: Type.Optional(PathId.properties.id),
      senderId: Type.Optional(PathId.properties.id),
      since: Type.Optional({ ...Time, description: 'Said then or later.' }),
      until: Type.Optional({ ...Time, description: 'Said before.' }),
      limit: Type.Optional({
        ...LimitText,
        description: 'How many at most: 50 when absent; more than 100 counts as 100.',
      }),
      before: Type.Optional({ ...PositionText, description: 'The `nextBefore` of the page before this one.' }),
    }),
    answers: { 200: { description: 'One page.', schema: SearchAnswer } },
    refusals: ['NOT_FOUND'],
    async answer({ actor, query }) {
      const { search } = house;
      if (!search)
        return refuse('FORBIDDEN', { message: 'Search is turned off here. Ask the operator to turn it on.' });
      const terms = termsOf(query.q);
      if (terms.length === 0) return refuse('INVALID', { message: 'Search for at least one word.' });
      const { conversationId, senderId } = query;
      const since = readTime('since', query.since);
      if (typeof since === 'object') return since;
      const until = readTime('until', query.until);
      if (typeof until === 'object') return until;
      if (conversationId !== undefined) {
        const view = await viewAs(actor, conversationId, context);
        if (isRefusal(view)) return view;
      }
      const asked: SearchQuery = {
        terms,
        // Who may read a conversation that they name was looked at above.
        ...(actor.kind === 'user' && conversationId === undefined ? { memberId: actor.user.id } : {}),
        ...(conversationId === undefined ? {} : { conversationId }),
        ...(senderId === undefined ? {} : { senderId }),
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        ...(query.before === undefined ? {} : { before: positionOf(query.before) }),
        limit: Math.min(limitOf(query.limit), pageLimit),
      };
      const page = await search.find(asked, actor.kind === 'user' ? actor.user.id : undefined);
      if (isRefusal(page)) return page;
      return ok({
        results: page.messages.map((message) => {
          const { text, highlights } = snippetOf(message.text, terms);
          return { message: messageJson(message), snippet: text, highlights: highlights.map((one) => [...one]) };
        }),
        ...(page.next === undefined ? {} : { nextBefore: String(page.next) }),
      });
    },
  });
}
