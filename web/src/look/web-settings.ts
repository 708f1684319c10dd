import { fieldsOf, idOf, listOf, numberOf, someText, textOf } from '../client/reading.ts';

/** What the server tells pages before anybody has signed in. */
export type WebSettings = {
  readonly developmentSignIn: boolean;
  readonly hostOrigins: readonly string[];
  readonly adminRoles: readonly string[];
  readonly fileLimitBytes: number;
};

export async function loadWebSettings(): Promise<WebSettings> {
  const settings = fieldsOf(await (await fetch('/web-settings')).json());
  return {
    developmentSignIn: settings.developmentSignIn === true,
    hostOrigins: listOf(settings.hostOrigins, textOf),
    adminRoles: listOf(settings.adminRoles, textOf),
    fileLimitBytes: numberOf(settings.fileLimitBytes),
  };
}

/** A token for anybody, during development. Rejects in words for people. */
export async function signInForDevelopment(who: { id: string; name?: string; role?: string }): Promise<string> {
  const response = await fetch('/sign-in', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(who),
  });
  const answer = fieldsOf(await response.json());
  const token = someText(answer.token);
  if (token !== undefined) return token;
  throw new Error(someText(fieldsOf(answer.error).message) ?? `The server answered ${response.status}.`);
}

/** The user whom a token names, as far as the token itself says. */
export function userNamedIn(token: string): { readonly id: string; readonly name: string } | undefined {
  try {
    const [, body = ''] = token
      .trim()
      .replace(/^bearer\s+/i, '')
      .split('.');
    const bytes = Uint8Array.from(atob(body.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    );
    const claims = fieldsOf(JSON.parse(new TextDecoder().decode(bytes)));
    const id = [claims.sub, claims.user_id, claims.userId, claims.id].map(idOf).find((known) => known !== '');
    if (id === undefined) return undefined;
    return { id, name: someText(claims.username ?? claims.preferred_username ?? claims.name) ?? id };
  } catch {
    return undefined;
  }
}
