import { readFile } from 'node:fs/promises';
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** The parts of a dialect's AsyncAPI document that its page shows. */

const Ref = Type.Object({ $ref: Type.String() });

const Message = Type.Object({
  name: Type.Optional(Type.String()),
  title: Type.String(),
  summary: Type.String(),
  description: Type.Optional(Type.String()),
  payload: Type.Unsafe<TSchema>(Type.Object({})),
  examples: Type.Optional(Type.Array(Type.Object({ payload: Type.Unknown() }))),
  'x-refusals': Type.Optional(Type.Array(Type.Object({ code: Type.String(), words: Type.String() }))),
});
export type Message = Static<typeof Message>;

const Operation = Type.Object({
  title: Type.String(),
  summary: Type.String(),
  messages: Type.Array(Ref),
  reply: Type.Optional(Type.Object({ messages: Type.Array(Ref) })),
});
export type Operation = Static<typeof Operation>;

/** Why the server ends a connection, for people. A document with a reason that is not here is refused. */
export const closeReasonWords = {
  unauthenticated: 'The token is missing or not good.',
  roomNotFound: 'There is no such room, or it may not be entered.',
  tokenExpired: 'The token has expired.',
  revoked: 'The user was revoked.',
  abuse: 'Nothing but refusals for ten seconds.',
  tooLarge: 'A message was larger than any may be.',
  slowConsumer: 'The client does not read what it is sent.',
  tooManyConnections: 'The user or the address has too many connections.',
  shutdown: 'The server stops or restarts.',
  broken: 'An error inside the server.',
} as const;
const closeReasons = Object.keys(closeReasonWords) as (keyof typeof closeReasonWords)[];

const DialectDocument = Type.Object({
  info: Type.Object({ title: Type.String(), version: Type.String(), description: Type.String() }),
  servers: Type.Object({
    parlance: Type.Object({ host: Type.String(), pathname: Type.Optional(Type.String()), protocol: Type.String() }),
  }),
  channels: Type.Object({
    connection: Type.Object({
      address: Type.String(),
      description: Type.String(),
      'x-client-code': Type.String(),
      'x-close-reasons': Type.Array(
        Type.Object({
          reason: Type.Enum(closeReasons),
          comesBack: Type.Boolean(),
          code: Type.Optional(Type.Integer()),
          words: Type.Optional(Type.String()),
        }),
      ),
    }),
  }),
  operations: Type.Record(Type.String(), Operation),
  components: Type.Object({
    securitySchemes: Type.Record(Type.String(), Type.Object({ description: Type.String() })),
    messages: Type.Record(Type.String(), Message),
  }),
});
export type DialectDocument = Static<typeof DialectDocument>;

const isDialectDocument = Compile(DialectDocument);

/** The names of the documents in `docs/api/`, in the order in which they are shown. */
export const documented = ['kenz', 'support', 'direct', 'messaging', 'rooms'] as const;
export type DocumentName = (typeof documented)[number];

/** Reads a document as it was committed. Throws when it is not one, which only a broken installation has. */
export async function readDocument(name: DocumentName): Promise<DialectDocument> {
  const document: unknown = JSON.parse(
    await readFile(new URL(`../../../docs/api/${name}.asyncapi.json`, import.meta.url), 'utf8'),
  );
  if (!isDialectDocument.Check(document))
    throw new Error(`docs/api/${name}.asyncapi.json is no document of a dialect.`);
  return document;
}

/** The same for whoever reaches the server under this address, e.g. `https://chat.example.org`. */
export function servedAt(document: DialectDocument, baseUrl: string): DialectDocument {
  const url = new URL(baseUrl);
  const { parlance } = document.servers;
  const { connection } = document.channels;
  const secure = url.protocol === 'https:' ? 's' : '';
  const basePath = url.pathname.replace(/\/$/, '');
  // A path in the address that socket.io-client is given is the namespace; where the server is below one, `path` says so.
  const path = basePath === '' ? '' : ` path: '${basePath}/socket.io',`;
  const code = connection['x-client-code']
    .replaceAll(/'http:\/\/localhost:8000([^']*)', \{/g, `'${url.origin}$1', {${path}`)
    .replaceAll('ws://localhost:8000', `ws${secure}://${url.host}${basePath}`);
  return {
    ...document,
    servers: {
      parlance: {
        ...parlance,
        host: url.host,
        protocol: `${parlance.protocol}${secure}`,
        ...(parlance.pathname !== undefined && { pathname: basePath + parlance.pathname }),
      },
    },
    channels: { ...document.channels, connection: { ...connection, 'x-client-code': code } },
  };
}
