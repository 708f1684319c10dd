import Type from 'typebox';
import { isRefusal } from '../../core/refusals.ts';
import { userNamedOnly } from '../../core/rules.ts';
import { time, userJson } from '../json.ts';
import { type AddRoute, ok, type RouteContext } from '../route.ts';
import { BlockList, PathId } from '../schemas.ts';

/** Whom a user keeps away from themselves. */
export function addBlockRoutes(addRoute: AddRoute, { house }: RouteContext): void {
  addRoute({
    method: 'GET',
    url: '/api/v1/me/blocks',
    operationId: 'listBlocks',
    tag: 'Users',
    summary: 'Whom do I block?',
    description: 'The newest last. Nobody else is told.',
    who: 'user',
    answers: { 200: { description: 'All of them.', schema: BlockList } },
    refusals: [],
    async answer({ actor }) {
      const blocks = (await house.store.loadBlocks([actor.user.id])).get(actor.user.id) ?? [];
      const users = await house.store.loadUsers(blocks.map(({ userId }) => userId));
      return ok({
        blocks: blocks.map(({ userId, at }) => ({
          user: userJson(users.get(userId) ?? userNamedOnly(userId)),
          since: time(at),
        })),
      });
    },
  });

  const inShort = { answers: { 204: { description: 'Done, or it was so already.' } }, refusals: [] } as const;
  const params = Type.Object({ userId: PathId.properties.id });

  addRoute({
    method: 'PUT',
    url: '/api/v1/me/blocks/:userId',
    operationId: 'blockUser',
    tag: 'Users',
    summary: 'Block a user',
    description:
      'Neither of the two says anything more in their direct conversation, nor types there; the blocked one opens no new one ' +
      'and adds the other to nothing. Both keep what was said. In groups and open conversations both go on as before.',
    who: 'user',
    params,
    ...inShort,
    async answer({ actor, params: { userId }, baseUrl }) {
      const outcome = await house.execute({ type: 'SetBlock', userId, isBlocked: true }, actor, { baseUrl });
      return isRefusal(outcome) ? outcome : { status: 204 };
    },
  });

  addRoute({
    method: 'DELETE',
    url: '/api/v1/me/blocks/:userId',
    operationId: 'unblockUser',
    tag: 'Users',
    summary: 'Unblock a user',
    description: 'From then on all is as if they had never been blocked; what was refused meanwhile is not made good.',
    who: 'user',
    params,
    ...inShort,
    async answer({ actor, params: { userId }, baseUrl }) {
      const outcome = await house.execute({ type: 'SetBlock', userId, isBlocked: false }, actor, { baseUrl });
      return isRefusal(outcome) ? outcome : { status: 204 };
    },
  });
}
