import { HttpApi } from '../client/http-api.ts';
import { signInForDevelopment, userNamedIn } from '../look/web-settings.ts';
import { type DialectName, paneDialects } from './dialects.ts';
import { Pane } from './pane.ts';

/** The five panes in their conversation, and who is who in it. */
export type Scene = {
  readonly conversationId: string;
  readonly panes: readonly Pane[];
  /** The name of a user, by id. */
  readonly names: ReadonlyMap<string, string>;
};

/** Numbers, so that each dialect shows how it writes ids. */
const developmentIds: { readonly [name in DialectName]: string } = {
  kenz: '101',
  support: '102',
  rooms: '103',
  messaging: '104',
  direct: '105',
};

export async function developmentTokens(): Promise<readonly string[]> {
  return await Promise.all(
    paneDialects.map(({ name, who }) => signInForDevelopment({ id: developmentIds[name], name: who })),
  );
}

/** Opens the conversation that the address names, or a new one, with a client of each dialect in it. */
export async function openScene(tokens: readonly string[]): Promise<Scene> {
  const users = await Promise.all(tokens.map((token) => new HttpApi(location.origin, () => token).me()));
  const conversationId = new URLSearchParams(location.search).get('conversation') ?? (await create(tokens, users));
  history.replaceState(null, '', `?conversation=${encodeURIComponent(conversationId)}`);
  const panes = paneDialects.map(
    (dialect, index) => new Pane(dialect, users[index]?.id ?? '', tokens[index] ?? '', conversationId),
  );
  return { conversationId, panes, names: new Map(users.map(({ id, name }) => [id, name])) };
}

async function create(tokens: readonly string[], users: readonly { readonly id: string }[]): Promise<string> {
  const [first = ''] = tokens;
  const api = new HttpApi(location.origin, () => first);
  const members = [...new Set(users.map(({ id }) => id))];
  return (await api.createConversation({ kind: 'open', title: 'Playground', members })).id;
}

/** One token for each pane: the first one stands in where a pane has none of its own. */
export function tokensFrom(fields: readonly string[]): readonly string[] | string {
  const given = fields.map((field) => field.trim().replace(/^bearer\s+/i, ''));
  const first = given.find((token) => token !== '');
  if (first === undefined) return 'Paste at least one token.';
  const tokens = given.map((token) => token || first);
  return tokens.every(userNamedIn) ? tokens : 'One of these is no JSON Web Token.';
}
