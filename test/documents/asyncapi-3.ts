import Type, { type TSchema } from 'typebox';

/**
 * The parts of AsyncAPI 3.0.0 that our documents use, as strict as its own JSON Schema: no other keys but extensions. What
 * a payload is stands in JSON Schema's hands.
 */

const extensions = { '^x-': Type.Unknown() };

/** An object of the specification: these keys, and any that begin with `x-`. */
function specified(properties: { readonly [key: string]: TSchema }): TSchema {
  return Type.Unsafe({
    ...Type.Object(properties as Parameters<typeof Type.Object>[0]),
    patternProperties: extensions,
    additionalProperties: false,
  });
}

const text = Type.String({ minLength: 1 });
const optionalText = Type.Optional(text);

/** Maps whose keys are ids. */
const byId = (schema: TSchema): TSchema =>
  Type.Unsafe({
    type: 'object',
    patternProperties: { '^[\\w.-]+$': schema },
    additionalProperties: false,
  });

const refTo = (place: string): TSchema =>
  Type.Object({ $ref: Type.String({ pattern: `^#/${place}/[\\w.-]+$` }) }, { additionalProperties: false });

const securityScheme = Type.Union([
  specified({
    type: Type.Literal('http'),
    scheme: Type.Literal('bearer'),
    bearerFormat: optionalText,
    description: optionalText,
  }),
  specified({
    type: Type.Literal('httpApiKey'),
    in: Type.Enum(['header', 'query', 'cookie']),
    name: text,
    description: optionalText,
  }),
  specified({ type: Type.Literal('apiKey'), in: Type.Enum(['user', 'password']), description: optionalText }),
]);

const server = specified({
  host: Type.String({ pattern: '^[^/?#]+$' }),
  protocol: text,
  pathname: Type.Optional(Type.String({ pattern: '^/' })),
  title: optionalText,
  description: optionalText,
  security: Type.Array(refTo('components/securitySchemes'), { minItems: 1, uniqueItems: true }),
});

const message = specified({
  name: optionalText,
  title: text,
  summary: text,
  description: optionalText,
  contentType: Type.Literal('application/json'),
  payload: Type.Object({}),
  examples: Type.Optional(
    Type.Array(specified({ name: optionalText, summary: optionalText, payload: Type.Unknown() }), { minItems: 1 }),
  ),
});

const wsBinding = Type.Object(
  {
    method: Type.Optional(Type.Enum(['GET', 'POST'])),
    query: Type.Optional(Type.Object({ type: Type.Literal('object'), properties: Type.Object({}) })),
    headers: Type.Optional(Type.Object({ type: Type.Literal('object'), properties: Type.Object({}) })),
    bindingVersion: Type.Literal('0.1.0'),
  },
  { additionalProperties: false },
);

const channel = specified({
  address: text,
  title: optionalText,
  summary: optionalText,
  description: optionalText,
  messages: byId(refTo('components/messages')),
  parameters: Type.Optional(
    byId(
      specified({
        description: optionalText,
        examples: Type.Optional(Type.Array(text)),
        default: optionalText,
        enum: Type.Optional(Type.Array(text)),
      }),
    ),
  ),
  bindings: Type.Optional(specified({ ws: Type.Optional(wsBinding) })),
});

const messagesInChannel = Type.Array(refTo('channels/[\\w.-]+/messages'), { minItems: 1, uniqueItems: true });

const operation = specified({
  action: Type.Enum(['send', 'receive']),
  channel: refTo('channels'),
  title: optionalText,
  summary: optionalText,
  description: optionalText,
  messages: messagesInChannel,
  reply: Type.Optional(specified({ channel: refTo('channels'), messages: messagesInChannel })),
});

export const AsyncApi3 = specified({
  asyncapi: Type.Literal('3.0.0'),
  info: specified({
    title: text,
    version: text,
    description: optionalText,
    license: Type.Optional(specified({ name: text })),
  }),
  defaultContentType: Type.Optional(text),
  servers: byId(server),
  channels: byId(channel),
  operations: byId(operation),
  components: specified({ securitySchemes: byId(securityScheme), messages: byId(message) }),
});
