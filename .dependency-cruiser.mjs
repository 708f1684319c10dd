// Who may know whom: one rule a room, each with its reason. Everything that a rule does not list is forbidden, and a
// type import counts like any other. Tests may know everything.

import swc from '@swc/core/Visitor.js';

const tests = ['[.](test|contract)[.]ts$', '-scene[.]ts$'];
const folders = '^src/make-folder[.]ts$';
const builtin = { dependencyTypesNot: ['core'] };
const typeOnly = { dependencyTypesNot: ['type-only'] };

/** Matches the package and its separately published types, wherever it was installed. */
const library = (name) => `(^|/)node_modules/(@types/)?${name}/`;
const schemas = library('typebox');

/** Files matching `from` may import only what matches `allowed` (and Node's own modules, where `nodeToo`). */
const room = (name, from, allowed, nodeToo, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from, pathNot: tests },
  to: { pathNot: allowed, ...(nodeToo ? builtin : {}) },
});

/** Files matching `from` may import `to` as a type, never as a value. */
const typesOf = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from, pathNot: tests },
  to: { path: to, ...typeOnly },
});

const rooms = [
  room('core-is-pure', '^src/core/', ['^src/core/'], false, 'The rules can be read, tested and trusted alone.'),
  room(
    'app-knows-core',
    '^src/app/',
    ['^src/(app|core)/'],
    false,
    'A use case speaks to the world through ports.ts only, so every driver and clock can be exchanged.',
  ),
  room(
    'gateway-knows-the-grammar',
    '^src/gateway/',
    ['^src/(gateway|app|core)/', '^src/dialects/dialect[.]ts$'],
    true,
    'The pipeline serves every dialect alike: a sixth one must not touch it. Socket libraries stay in transport.',
  ),
  room(
    'grammar-knows-core',
    '^src/dialects/(?!index[.]ts$)[^/]+[.]ts$',
    ['^src/core/', '^src/dialects/(?!index[.]ts$)[^/]+[.]ts$', schemas],
    false,
    'The grammar describes what a dialect is, so it knows none of them.',
  ),
  room(
    'dialect-index-knows-dialects',
    '^src/dialects/index[.]ts$',
    ['^src/dialects/'],
    false,
    'The list of dialects is one line each and holds no machinery.',
  ),
  room(
    'dialect-knows-itself',
    '^src/dialects/([^/]+)/',
    ['^src/dialects/$1/', '^src/dialects/(?!index[.]ts$)[^/]+[.]ts$', '^src/core/', schemas],
    false,
    'A dialect is a table. It owes nothing to another dialect, to a socket library or to the pipeline.',
  ),
  room(
    'transport-knows-its-port',
    '^src/transport/',
    ['^src/transport/', '^src/gateway/transport[.]ts$', library('(socket[.]io|socket[.]io-parser|ws)')],
    true,
    'Socket libraries are exchanged behind the port, and nothing but the port leads back.',
  ),
  room(
    'store-knows-its-port',
    '^src/store/',
    ['^src/store/', '^src/core/', '^src/app/ports[.]ts$', folders, library('pg')],
    true,
    'A driver fulfils the Store port. It decides nothing and announces nothing.',
  ),
  room(
    'archive-knows-rows',
    '^src/archive/',
    ['^src/archive/', '^src/store/archive[.]ts$', '^src/app/ports[.]ts$', schemas],
    true,
    "An archive is any driver's rows as text: it knows the port to them, and neither drivers nor what rows mean.",
  ),
  room(
    'bus-knows-its-port',
    '^src/bus/',
    ['^src/bus/', '^src/core/', '^src/app/ports[.]ts$', library('(pg|@redis/client)')],
    true,
    'The bus is a doorbell: it fulfils the Bus port and loses nothing by knowing nothing.',
  ),
  room(
    'blobs-know-their-port',
    '^src/blobs/',
    ['^src/blobs/', '^src/core/', '^src/app/ports[.]ts$', folders, library('s3mini')],
    true,
    'Attachments lie behind the Blobs port.',
  ),
  room(
    'tokens-know-their-port',
    '^src/tokens/',
    ['^src/tokens/', '^src/core/', '^src/app/ports[.]ts$', folders, library('jose')],
    true,
    'A driver fulfils the Tokens port: it says who a token speaks for, never what they may do.',
  ),
  room(
    'http-knows-app',
    '^src/http/',
    ['^src/(http|app|core)/', library('(fastify|@fastify/[^/]+)'), schemas],
    true,
    'HTTP is another way to the same use cases: it knows neither sockets, dialects nor drivers.',
  ),
  room(
    'webhooks-know-app',
    '^src/webhooks/',
    ['^src/(webhooks|app|core)/'],
    true,
    'They follow the log by its port. How an event reads is handed to them.',
  ),
  room(
    'telemetry-knows-no-room',
    '^src/telemetry[^/]*[.]ts$',
    ['^src/telemetry[^/]*[.]ts$', library('(pino|prom-client|@opentelemetry/[^/]+)')],
    true,
    'Rooms are measured through what they are handed; the meters know no room.',
  ),
  room(
    'config-knows-no-room',
    '^src/(config|setting|[a-z]+-settings)[.]ts$',
    ['^src/(setting|[a-z]+-settings)[.]ts$', schemas],
    true,
    'Settings are read before any room is opened.',
  ),
  room(
    'web-client-knows-its-library',
    '^web/src/client/(?!hooks[.]ts$)',
    ['^web/src/client/(?!hooks[.]ts$)', library('socket[.]io-client')],
    false,
    'Applications take this folder as it is, with whatever they draw their pages with.',
  ),
  room(
    'web-knows-itself',
    '^web/src/',
    ['^web/src/', library('(react|react-dom|virtua|socket[.]io-client)')],
    false,
    'The pages are clients like all others: what they know of the server is what it says on the wire.',
  ),
  room('server-knows-no-page', '^src/', ['^(?!web/)'], true, 'The server hands out built files; it runs without them.'),
];

const types = [
  typesOf(
    'dialect-takes-types-of-core',
    '^src/dialects/',
    '^src/core/(?!forms[.]ts$)',
    'A dialect translates; it applies no rule. How ids and addresses are written (core/forms.ts) is told once for all.',
  ),
  typesOf(
    'transport-takes-types-of-gateway',
    '^src/transport/',
    '^src/gateway/',
    'The gateway drives a transport through its port, never the other way round.',
  ),
  typesOf(
    'drivers-take-types-of-inner-rooms',
    '^src/(store|bus|blobs|tokens)/',
    '^src/(core/(?!(events|forms|retention|revisions|words)[.]ts$)|app/(?!ports[.]ts$))',
    'What a driver needs stands in what it is handed; a rule it ran itself would be decided twice. ' +
      'How entries are kept (core/events.ts, core/retention.ts), what they make of a message (core/revisions.ts), what its words are ' +
      '(core/words.ts), how ids are written (core/forms.ts) and how a port fails (app/ports.ts) are told once for all drivers.',
  ),
];

const owners = [
  {
    name: 'sqlite-stays-in-its-driver',
    severity: 'error',
    comment: 'Only store/ knows SQL.',
    from: { path: '^src/', pathNot: ['^src/store/sqlite/', ...tests] },
    to: { path: '^(node:)?sqlite$' },
  },
  {
    name: 'nobody-imports-the-wiring',
    severity: 'error',
    comment: 'server.ts and the command line know the whole house; whoever imported them would as well.',
    from: { path: '^src/', pathNot: ['^src/cli([.]ts$|/)', ...tests] },
    to: { path: '^src/(server[.]ts$|cli[.]ts$|cli/)' },
  },
  {
    name: 'only-the-server-is-wired',
    severity: 'error',
    comment:
      'watch.ts reads the whole house for metrics, listening.ts opens its port, forgetting.ts lets go of what is old.',
    from: { path: '^src/', pathNot: ['^src/(server|listening)[.]ts$', ...tests] },
    to: { path: '^src/(watch|listening|forgetting)[.]ts$' },
  },
  {
    name: 'server-ends-below-the-command-line',
    severity: 'error',
    comment: 'The command line starts the server; the server must run without one.',
    from: { path: '^src/server[.]ts$' },
    to: { path: '^src/cli([.]ts$|/)' },
  },
  {
    name: 'nothing-shipped-needs-a-test',
    severity: 'error',
    comment: 'Tests, benchmarks, examples and tools are not part of the package.',
    from: { path: '^src/', pathNot: tests },
    to: { path: ['^(test|bench|examples|tools)/', ...tests] },
  },
  {
    name: 'nothing-shipped-needs-a-dev-dependency',
    severity: 'error',
    comment: 'It would be missing where Parlance is installed. Types are gone by then.',
    from: { path: '^src/', pathNot: tests },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: library('@types') },
  },
  {
    name: 'torture-is-judged-from-outside',
    severity: 'error',
    comment: 'What checks the promises shares no code with the server that makes them; only the planted bugs do.',
    from: { path: '^test/torture/', pathNot: '^test/torture/(planted-server|hasty-store)[.]ts$' },
    to: { path: '^src/' },
  },
  {
    name: 'no-circle',
    severity: 'error',
    comment: 'Two files that need each other are one file, or three. Type imports included.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'every-import-resolves',
    severity: 'error',
    comment: 'An import that cannot be found cannot be judged by the other rules.',
    from: {},
    to: { couldNotResolve: true },
  },
];

// The parser's walk does not know `using` declarations yet, and would give up on the whole file.
const { Visitor } = swc;
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [...rooms, ...types, ...owners],
  options: {
    // The TypeScript that checks our types has no compiler interface; this parser sees type imports too.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types', 'default'] },
  },
};
