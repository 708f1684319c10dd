import Type from 'typebox';
import { isRefusal } from '../../core/refusals.ts';
import { memberJson } from '../json.ts';
import { userOf, viewAs } from '../reading.ts';
import { type AddRoute, created, ok, type RouteContext } from '../route.ts';
import {
  IdInput,
  idOf,
  LimitText,
  limitOf,
  MemberAnswer,
  MemberList,
  PathId,
  PositionText,
  positionOf,
} from '../schemas.ts';

export function addMemberRoutes(addRoute: AddRoute, context: RouteContext): void {
  const { house } = context;

  addRoute({
    method: 'GET',
    url: '/api/v1/conversations/:id/members',
    operationId: 'listMembers',
    tag: 'Conversations',
    summary: 'List the members of a conversation',
    description: 'For its members, the host, and, of a support conversation, the admins.',
    who: 'both',
    params: PathId,
    query: Type.Object({ limit: Type.Optional(LimitText), after: Type.Optional(PositionText) }),
    answers: { 200: { description: 'One page, in the order in which they came.', schema: MemberList } },
    refusals: ['NOT_FOUND'],
    async answer({ actor, params, query }) {
      const view = await viewAs(actor, params.id, context);
      if (isRefusal(view)) return view;
      const { members, hasMore } = await house.store.listMembers(params.id, {
        limit: limitOf(query.limit),
        ...(query.after === undefined ? {} : { after: positionOf(query.after) }),
      });
      const last = members.at(-1);
      return ok({
        members: members.map(memberJson),
        hasMore,
        ...(hasMore && last ? { nextAfter: String(last.member.since) } : {}),
      });
    },
  });

  addRoute({
    method: 'POST',
    url: '/api/v1/conversations/:id/members',
    operationId: 'addMember',
    tag: 'Conversations',
    summary: 'Add a member',
    description:
      'Owners and the host add members; whoever was removed may enter again from then on. A user never seen before is created.',
    who: 'both',
    params: PathId,
    body: Type.Object({ userId: IdInput }),
    answers: {
      200: { description: 'They were a member already.', schema: MemberAnswer },
      201: { description: 'They are a member now.', schema: MemberAnswer },
    },
    refusals: ['NOT_FOUND', 'USER_NOT_FOUND', 'BLOCKED'],
    async answer({ actor, params, body, baseUrl }) {
      const userId = idOf(body.userId);
      const outcome = await house.execute({ type: 'AddMember', conversationId: params.id, userId }, actor, { baseUrl });
      if (isRefusal(outcome)) return outcome;
      const member = memberJson({ member: outcome.member, user: await userOf(userId, context) });
      return outcome.isNew ? created(member) : ok(member);
    },
  });

  addRoute({
    method: 'PATCH',
    url: '/api/v1/conversations/:id/members/:userId',
    operationId: 'changeRole',
    tag: 'Conversations',
    summary: 'Make a member an owner, or a plain member again',
    description: 'In groups and open conversations, by their owners and the host. Nobody changes their own role.',
    who: 'both',
    params: Type.Object({ ...PathId.properties, userId: PathId.properties.id }),
    body: Type.Object({ role: Type.Enum(['owner', 'member']) }),
    answers: { 200: { description: 'The member as they are now.', schema: MemberAnswer } },
    refusals: ['NOT_FOUND', 'USER_NOT_FOUND'],
    async answer({ actor, params: { id: conversationId, userId }, body: { role }, baseUrl }) {
      const outcome = await house.execute({ type: 'ChangeRole', conversationId, userId, role }, actor, { baseUrl });
      if (isRefusal(outcome)) return outcome;
      return ok(memberJson({ member: outcome.member, user: await userOf(userId, context) }));
    },
  });

  addRoute({
    method: 'POST',
    url: '/api/v1/conversations/:id/leave',
    operationId: 'leaveConversation',
    tag: 'Conversations',
    summary: 'Leave for good',
    description: 'The user is no member from then on. Where the kind allows it they may enter again by themselves.',
    who: 'user',
    params: PathId,
    answers: { 204: { description: 'They are no member any more.' } },
    refusals: ['NOT_FOUND'],
    async answer({ actor, params, baseUrl }) {
      const command = { type: 'RemoveMember', conversationId: params.id, userId: actor.user.id } as const;
      const outcome = await house.execute<'RemoveMember'>(command, actor, { baseUrl });
      return isRefusal(outcome) ? outcome : { status: 204 };
    },
  });

  addRoute({
    method: 'DELETE',
    url: '/api/v1/conversations/:id/members/:userId',
    operationId: 'removeMember',
    tag: 'Conversations',
    summary: 'Remove a member, or leave for good',
    description:
      'Owners and the host remove others, who then may not enter again until they are added. Every member may remove themselves.',
    who: 'both',
    params: Type.Object({ ...PathId.properties, userId: PathId.properties.id }),
    answers: { 204: { description: 'They are no member any more.' } },
    refusals: ['NOT_FOUND', 'USER_NOT_FOUND'],
    async answer({ actor, params, baseUrl }) {
      const outcome = await house.execute(
        { type: 'RemoveMember', conversationId: params.id, userId: params.userId },
        actor,
        { baseUrl },
      );
      return isRefusal(outcome) ? outcome : { status: 204 };
    },
  });
}
