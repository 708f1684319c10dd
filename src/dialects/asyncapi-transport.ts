import Type from 'typebox';
import type { DialectName } from './dialect.ts';

/** What the documents of dialects have in common that are spoken over the same transport. */

/** What carries a session’s place to clients that can resume. */
export const bookmark = Type.String({
  description:
    'The bookmark of socket.io-client’s connection-state recovery, for clients of protocol 4 and later. Do not listen to it.',
});

export function aboutSocketIo(mount: string, name: DialectName): string {
  const shared =
    mount === '/'
      ? ` kenz, support and direct share this namespace: a connection hears what it has spoken, and \`{ dialect: '${name}' }\` in \`auth\` or in the query names this one from the start.`
      : '';
  return (
    `Socket.IO at \`/socket.io\`, namespace \`${mount}\`, over websocket and polling, for clients of the 2.x, 3.x and 4.x lines.` +
    `${shared} Clients of socket.io-client 4.6 and later hear what they missed when they come back, without any code.`
  );
}

export const aboutPlain =
  'Plain WebSockets: connecting is joining. A client that comes back asks with `?after=<message_id>` for everything that was said since.';

const schemeRefs = (names: readonly string[]): readonly { readonly $ref: string }[] =>
  names.map((name) => ({ $ref: `#/components/securitySchemes/${name}` }));

export const plainSecurity = {
  header: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The token in the `Authorization` header, with or without `Bearer` before it.',
  },
  query: { type: 'httpApiKey', in: 'query', name: 'token', description: 'The same token in the query.' },
  cookie: {
    type: 'httpApiKey',
    in: 'cookie',
    name: 'token',
    description: 'The same token in a cookie, from origins in `ALLOWED_ORIGINS` or from the server’s own pages.',
  },
};
export const socketIoSecurity = {
  auth: {
    type: 'apiKey',
    in: 'password',
    description:
      '`{ token }` in `auth` of the Socket.IO handshake: a JSON Web Token, with or without `Bearer` before it.',
  },
  ...plainSecurity,
};

export const serverOf = (isPlain: boolean): object => ({
  host: 'localhost:8000',
  ...(isPlain ? {} : { pathname: '/socket.io/' }),
  protocol: 'ws',
  description: isPlain ? 'A server on this machine.' : 'A server on this machine, by a Socket.IO client.',
  security: schemeRefs(Object.keys(isPlain ? plainSecurity : socketIoSecurity)),
});

export const roomParameter = {
  room: { description: 'The room: 1 to 100 letters, digits, `_`, `.` and `-`.', examples: ['general'] },
};

export const plainBindings = {
  ws: {
    method: 'GET',
    query: {
      type: 'object',
      properties: {
        token: { type: 'string', description: 'The token, where no header can be set.' },
        after: {
          type: 'string',
          pattern: '^(0|[1-9]\\d*)$',
          description: 'A `message_id`: everything after it is shown, instead of the newest 50 messages.',
        },
      },
    },
    bindingVersion: '0.1.0',
  },
};
