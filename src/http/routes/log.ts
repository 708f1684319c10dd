import Type from 'typebox';
import { discreetSentenceOf } from '../../app/sentences.ts';
import { time } from '../json.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { LimitText, limitOf, PositionText, positionOf } from '../schemas.ts';

const LogPage = Type.Object(
  {
    entries: Type.Array(
      Type.Object(
        {
          position: Type.String(),
          at: Type.String({ format: 'date-time' }),
          type: Type.String({ description: 'Which event it is.' }),
          sentence: Type.String({ description: 'What has happened, for a person to read.' }),
        },
        { title: 'LogLine', additionalProperties: false },
      ),
      { description: 'Oldest first.' },
    ),
    through: Type.String({ description: 'Up to where in the log this speaks: the next `after`.' }),
  },
  { title: 'LogPage', additionalProperties: false },
);

/** The log as sentences, for those who look after the server. */
export function addLogRoute(addRoute: AddRoute, { house }: RouteContext): void {
  addRoute({
    method: 'GET',
    url: '/api/v1/admin/log',
    operationId: 'readLog',
    tag: 'Server',
    summary: 'What has happened?',
    description:
      'For the host and admins: entries of the log as sentences, of all conversations. Who did what where, never what they said: ' +
      'of a message and a notification the sentence tells how long it is. Titles of conversations and reasons of bans are shown.',
    who: 'admins',
    query: Type.Object({
      after: Type.Optional({ ...PositionText, description: 'The `through` of the page before; absent: the newest.' }),
      limit: Type.Optional(LimitText),
    }),
    answers: { 200: { description: 'One page; empty while nothing is new.', schema: LogPage } },
    refusals: [],
    async answer({ query }) {
      const limit = limitOf(query.limit);
      const newest = async () => Math.max(0, (await house.store.head()).position - limit);
      const after = query.after === undefined ? await newest() : positionOf(query.after);
      const { entries, through } = await house.store.readEntries({ after, limit });
      return ok({
        entries: entries.map((entry) => ({
          position: String(entry.position),
          at: time(entry.at),
          type: entry.event.type,
          sentence: discreetSentenceOf(entry),
        })),
        // Whoever asks beyond the end of the log asks the same again.
        through: String(Math.max(after, through)),
      });
    },
  });
}
