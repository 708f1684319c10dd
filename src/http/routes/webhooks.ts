import Type from 'typebox';
import type { Webhook, WebhookState } from '../../app/ports.ts';
import { type Refusal, refuse } from '../../core/refusals.ts';
import { checkWebhookUrl, secretLimits, webhooksLimit } from '../../core/webhooks.ts';
import { NewWebhookAnswer, ParkedPage, WebhookAnswer, WebhookList } from '../host-schemas.ts';
import { webhookFailureJson, webhookJson } from '../json.ts';
import { type AddRoute, created, ok, type RouteContext } from '../route.ts';
import { LimitText, limitOf, PathId, PositionText, positionOf } from '../schemas.ts';
import { webhookEventNames } from '../webhook-events.ts';

const Events = Type.Optional(
  Type.Array(Type.String({ maxLength: 100 }), {
    maxItems: 100,
    description: `The types of events to be told of; all when absent or empty. One of: ${webhookEventNames.join(', ')}.`,
  }),
);
const Url = Type.String({ maxLength: 4096, description: 'Absolute http or https address.' });
const Secret = Type.Optional(
  Type.String({
    minLength: secretLimits.from,
    maxLength: secretLimits.to,
    description: 'Signs what is sent. Absent: one is made.',
  }),
);

/** Who is told of what happens. Made by the host; those that the settings name cannot be changed here. */
export function addWebhookRoutes(addRoute: AddRoute, { house }: RouteContext): void {
  const { followers } = house.store;
  const notFound = (): Refusal => refuse('WEBHOOK_NOT_FOUND');

  async function find(id: string): Promise<WebhookState | undefined> {
    return (await followers.loadWebhooks()).find((webhook) => webhook.id === id);
  }

  function objection(events: readonly string[], url: string | undefined): Refusal | undefined {
    const unknown = events.find((name) => !webhookEventNames.includes(name));
    if (unknown !== undefined) {
      return refuse('INVALID', {
        message: `There is no event "${unknown}". Use any of: ${webhookEventNames.join(', ')}.`,
      });
    }
    return url === undefined ? undefined : checkWebhookUrl(url);
  }

  addRoute({
    method: 'POST',
    url: '/api/v1/webhooks',
    operationId: 'createWebhook',
    tag: 'Webhooks',
    summary: 'Be told of what happens',
    description:
      'Each event is sent to `url` as JSON, signed, until it is taken: at least once, those of one conversation in order. ' +
      'See docs/webhooks.md. The answer alone shows the secret.',
    who: 'host',
    body: Type.Object({
      url: Url,
      events: Events,
      secret: Secret,
      from: Type.Optional({
        ...PositionText,
        description: 'Begin behind this position of the log, `0` for everything; absent: with what comes from now on.',
      }),
    }),
    answers: { 201: { description: 'It is followed from now on.', schema: NewWebhookAnswer } },
    refusals: [],
    async answer({ body }) {
      const { url, events = [], from } = body;
      const wrong = objection(events, url);
      if (wrong) return wrong;
      if ((await followers.loadWebhooks()).length >= webhooksLimit) {
        return refuse('INVALID', { message: `There are ${webhooksLimit} webhooks already. Remove one first.` });
      }
      const secret = body.secret ?? house.ids.secret();
      const webhook: Webhook = { id: house.ids.secret(), url, secret, events, createdAt: house.clock.nowMs() };
      const { position: head } = await house.store.head();
      const position = from === undefined ? head : Math.min(positionOf(from), head);
      await followers.saveWebhook(webhook, position);
      house.webhooksChanged();
      const state: WebhookState = { ...webhook, position, stragglers: [], generation: 0, parkedCount: 0 };
      return created({ ...webhookJson(state, head), secret });
    },
  });

  addRoute({
    method: 'GET',
    url: '/api/v1/webhooks',
    operationId: 'listWebhooks',
    tag: 'Webhooks',
    summary: 'List webhooks',
    description: 'With how far each has come, what went wrong last, and how much is parked. Secrets are not shown.',
    who: 'host',
    answers: { 200: { description: 'All of them.', schema: WebhookList } },
    refusals: [],
    async answer() {
      const [webhooks, { position }] = await Promise.all([followers.loadWebhooks(), house.store.head()]);
      return ok({ webhooks: webhooks.map((webhook) => webhookJson(webhook, position)) });
    },
  });

  addRoute({
    method: 'GET',
    url: '/api/v1/webhooks/:id',
    operationId: 'getWebhook',
    tag: 'Webhooks',
    summary: 'Look at one webhook',
    description: 'How far it has come, what went wrong last, and how much is parked.',
    who: 'host',
    params: PathId,
    answers: { 200: { description: 'The webhook.', schema: WebhookAnswer } },
    refusals: ['WEBHOOK_NOT_FOUND'],
    async answer({ params }) {
      const webhook = await find(params.id);
      return webhook ? ok(webhookJson(webhook, (await house.store.head()).position)) : notFound();
    },
  });

  addRoute({
    method: 'PATCH',
    url: '/api/v1/webhooks/:id',
    operationId: 'changeWebhook',
    tag: 'Webhooks',
    summary: 'Change the address, the events or the secret',
    description: 'It goes on where it was. One that the settings name takes theirs back at the next start.',
    who: 'host',
    params: PathId,
    body: Type.Object({ url: Type.Optional(Url), events: Events, secret: Secret }),
    answers: { 200: { description: 'The webhook.', schema: WebhookAnswer } },
    refusals: ['WEBHOOK_NOT_FOUND'],
    async answer({ params, body }) {
      const wrong = objection(body.events ?? [], body.url);
      if (wrong) return wrong;
      const known = await find(params.id);
      if (!known) return notFound();
      const { id, createdAt, position } = known;
      const { url = known.url, events = known.events, secret = known.secret } = body;
      await followers.saveWebhook({ id, url, secret, events, createdAt }, position);
      house.webhooksChanged();
      return ok(webhookJson({ ...known, url, events }, (await house.store.head()).position));
    },
  });

  addRoute({
    method: 'DELETE',
    url: '/api/v1/webhooks/:id',
    operationId: 'removeWebhook',
    tag: 'Webhooks',
    summary: 'Remove a webhook',
    description: 'With all that is parked for it. What is being sent at this moment may still arrive.',
    who: 'host',
    params: PathId,
    answers: { 204: { description: 'It is gone.' } },
    refusals: ['WEBHOOK_NOT_FOUND'],
    async answer({ params }) {
      const wasThere = await followers.removeWebhook(params.id);
      house.webhooksChanged();
      return wasThere ? { status: 204 } : notFound();
    },
  });

  addRoute({
    method: 'GET',
    url: '/api/v1/webhooks/:id/parked',
    operationId: 'listParked',
    tag: 'Webhooks',
    summary: 'What could not be delivered?',
    description: 'Events that were given up after all attempts, oldest first. Replay from before them to try again.',
    who: 'host',
    params: PathId,
    query: Type.Object({ limit: Type.Optional(LimitText), after: Type.Optional(PositionText) }),
    answers: { 200: { description: 'One page.', schema: ParkedPage } },
    refusals: ['WEBHOOK_NOT_FOUND'],
    async answer({ params, query }) {
      if (!(await find(params.id))) return notFound();
      const { parked, hasMore } = await followers.listParked(params.id, {
        limit: limitOf(query.limit),
        ...(query.after === undefined ? {} : { after: positionOf(query.after) }),
      });
      const last = parked.at(-1);
      return ok({
        parked: parked.map(({ position, type, conversationId, failure }) => ({
          position: String(position),
          type,
          ...(conversationId === undefined ? {} : { conversationId }),
          failure: webhookFailureJson(failure),
        })),
        hasMore,
        ...(hasMore && last ? { nextAfter: String(last.position) } : {}),
      });
    },
  });

  addRoute({
    method: 'POST',
    url: '/api/v1/webhooks/:id/replay',
    operationId: 'replayWebhook',
    tag: 'Webhooks',
    summary: 'Be told again from a place in the log',
    description:
      'Everything behind the position `from` is sent again, as far as the log still has it, and what is parked behind it is ' +
      'tried again. Receivers tell repeats by the `id` of an event.',
    who: 'host',
    params: PathId,
    body: Type.Object({ from: PositionText }),
    answers: { 200: { description: 'The webhook, set back.', schema: WebhookAnswer } },
    refusals: ['WEBHOOK_NOT_FOUND'],
    async answer({ params, body }) {
      const { position: head } = await house.store.head();
      const wasThere = await followers.replayWebhook(params.id, Math.min(positionOf(body.from), head));
      house.webhooksChanged();
      const webhook = wasThere ? await find(params.id) : undefined;
      return webhook ? ok(webhookJson(webhook, head)) : notFound();
    },
  });
}
