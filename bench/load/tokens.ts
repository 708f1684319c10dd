import { createHmac } from 'node:crypto';

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = base64({ alg: 'HS256', typ: 'JWT' });

/** A token of user `index`. Everybody is an admin, because only they may enter a support chat in tens. */
export function tokenOf(index: number, secret: string): string {
  const now = Math.floor(Date.now() / 1000);
  const signed = `${header}.${base64({ sub: String(1_000_000 + index), name: `user ${index}`, role: 'ADMIN', iat: now, exp: now + 86_400 })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
