import Type from 'typebox';
import type { Actor } from '../../core/commands.ts';
import type { UserId } from '../../core/model.ts';
import { refuse } from '../../core/refusals.ts';
import { presenceJson } from '../json.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { PathId, PresenceAnswer, PresenceList } from '../schemas.ts';

const usersAtOnce = 100;

const seeing =
  'Users see those with whom they share a conversation, the host sees everybody. Whoever blocked the asking user looks offline, ' +
  'and as if never seen.';

/** Who is here, and who was when. */
export function addPresenceRoutes(addRoute: AddRoute, { house }: RouteContext): void {
  async function presenceOf(actor: Actor, wanted: readonly UserId[]) {
    const { store, presence } = house;
    const me = actor.kind === 'user' ? actor.user.id : undefined;
    const known = me === undefined ? new Set(wanted) : await store.findAcquaintances(me, wanted);
    const seen = wanted.filter((id) => id === me || known.has(id));
    const [blocks, lastSeen] = await Promise.all([
      me === undefined ? undefined : store.loadBlocks(seen),
      store.loadLastSeen(seen),
    ]);
    return seen.map((userId) => {
      if (blocks?.get(userId)?.some((block) => block.userId === me)) return presenceJson(userId, undefined, undefined);
      return presenceJson(userId, presence.of(userId), lastSeen.get(userId));
    });
  }

  addRoute({
    method: 'GET',
    url: '/api/v1/presence',
    operationId: 'listPresence',
    tag: 'Users',
    summary: 'Who of these is here?',
    description: `Repeat \`userId\` for each, ${usersAtOnce} at the most. ${seeing} Others are left out of the answer.`,
    who: 'both',
    query: Type.Object({
      userId: Type.Union([PathId.properties.id, Type.Array(PathId.properties.id, { maxItems: usersAtOnce })]),
    }),
    answers: { 200: { description: 'Those whom the asking user may see, in the order asked.', schema: PresenceList } },
    refusals: [],
    async answer({ actor, query: { userId } }) {
      const wanted = [...new Set(typeof userId === 'string' ? [userId] : userId)];
      return ok({ presence: await presenceOf(actor, wanted) });
    },
  });

  addRoute({
    method: 'GET',
    url: '/api/v1/users/:id/presence',
    operationId: 'getPresence',
    tag: 'Users',
    summary: 'Is this user here?',
    description: seeing,
    who: 'both',
    params: PathId,
    answers: { 200: { description: 'Here or not, and when last.', schema: PresenceAnswer } },
    refusals: ['USER_NOT_FOUND'],
    async answer({ actor, params }) {
      const [presence] = await presenceOf(actor, [params.id]);
      return presence ? ok(presence) : refuse('USER_NOT_FOUND');
    },
  });
}
