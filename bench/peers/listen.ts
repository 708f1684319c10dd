import { createHmac, timingSafeEqual } from 'node:crypto';

/** What the peers without a framework share: the check of an HS256 token, by hand like Parlance's own, and the port. */

export type Claims = { readonly sub: string; readonly name: string };

export function verify(token: string, secret: string): Claims | undefined {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const right = createHmac('sha256', secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (right.length !== given.length || !timingSafeEqual(right, given)) return undefined;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims & { readonly exp: number };
  return claims.exp * 1000 > Date.now() ? claims : undefined;
}

export const port = Number(process.env.PORT);
export const secret = process.env.JWT_SECRET ?? '';
