import { createHmac, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { Frames } from '../../src/bus/frames.ts';
import type { Json } from '../../src/core/model.ts';
import { Pids } from '../../src/gateway/pids.ts';
import { signToken } from '../../src/tokens/hmac.ts';
import { openTokens } from '../../src/tokens/open.ts';
import { nearJson, nearText } from './mutations.ts';
import { law, parsed, type Target } from './target.ts';

/** What only whoever knows a secret can write: tokens, session names, places in the log, frames of the bus. */

const secret = 'the secret that only these tests sign with';
const nowSeconds = 1_900_000_000;
const clock = { nowMs: () => nowSeconds * 1000 };
const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const verifiers = [
  openTokens({ secret, algorithms: ['HS256', 'HS384'] }, clock),
  openTokens({ publicKey, algorithms: ['ES256'] }, clock),
];

const part = (text: string): string => Buffer.from(text).toString('base64url');
const sign = (signed: string, key: string): string =>
  `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
const good = signToken(secret, { sub: 'ann', name: 'Ann' }, 3_600, nowSeconds);

/** Texts that nobody signed. */
export const tokens: Target = {
  name: 'tokens',
  inputs: nearText([
    good,
    good.replace('.', '..'),
    `Bearer ${good}`,
    sign(`${part('{"alg":"none"}')}.${part('{"sub":"ann"}')}`, ''),
    '..',
    'a.b.c',
  ]),
  async check(input) {
    // Made in another process, the good one has another time in it: then it is as foreign as any other.
    for (const one of verifiers) {
      const principal = await one.verify(input as string);
      law(principal === undefined || input === good, () => `${input} speaks for ${principal?.user.id}`);
    }
  },
};

const headers: readonly Json[] = [
  { alg: 'HS256', typ: 'JWT' },
  { alg: 'HS384' },
  { alg: 'none' },
  { alg: 'ES256' },
  { alg: 'HS256', crit: ['x'] },
];
const claims: readonly Json[] = [
  { sub: 'ann', exp: nowSeconds + 60, iat: nowSeconds, name: 'Ann', role: 'ADMIN', email: 'a@b' },
  { user_id: 7, roles: ['A', 'B'] },
  { id: 'x', nbf: nowSeconds, preferred_username: 'p', aud: ['a'], iss: 'b' },
];

/** What a login may have signed by mistake, or somebody with the public key for a secret: `[header, claims, key]`. */
export const signedTokens: Target = {
  name: 'signed-tokens',
  inputs: fc.tuple(nearJson(headers), nearJson(claims), fc.constantFrom('secret', 'secret', 'secret', 'public')),
  async check(input) {
    const [header, claims, key] = input as [string, string, string];
    const token = sign(`${part(header)}.${part(claims)}`, key === 'secret' ? secret : publicKey);
    for (const [index, one] of verifiers.entries()) {
      const principal = await one.verify(token);
      if (principal === undefined) continue;
      law(key === 'secret' && index === 0, () => 'signed with a public key');
      const { id, name, email, role } = principal.user;
      law(/^[^\p{Cc}\p{Cs}]{1,200}$/u.test(id), () => `speaks for ${JSON.stringify(id)}`);
      for (const text of [name, email, role])
        law(text.isWellFormed() && text.length <= 256, () => JSON.stringify(text));
    }
  },
};

const pids = new Pids(secret, 'epoch');
const { pid } = pids.make('ann', '/chat', 12, 1_900_000_000_000);

/** Session names and offsets of clients that come back. */
export const returns: Target = {
  name: 'returns',
  inputs: nearText([pid, 'epoch.12', 'epoch.12.abc', 'epoch.0.0', 'epoch.999999999999999.zzzzzzzzzzz', 'other.1']),
  check(input) {
    const text = input as string;
    law(text === pid || pids.read(text, 'ann', '/chat') === undefined, () => `a name that was not made here: ${text}`);
    law(pids.read(text, 'bob', '/chat') === undefined, () => 'a name of somebody else');
    law(pids.read(text, 'ann', '/') === undefined, () => 'a name of another namespace');
    const place = pids.readOffset(text);
    if (place === undefined) return;
    law(Number.isSafeInteger(place.position) && place.position >= 0, () => `place ${place.position}`);
    law(place.at === undefined || Number.isSafeInteger(place.at), () => `time ${place.at}`);
    const again = pids.readOffset(pids.offset(place));
    law(again?.position === place.position && again.at === place.at, () => `${text} is read otherwise once written`);
  },
};

const head = { secret, epoch: 'epoch' };
const writer = new Frames('a', head, clock.nowMs);
const frame = writer.write({ head: 4, told: [] });

/** What comes over the bus, from anybody who may write to it. */
export const busFrames: Target = {
  name: 'bus-frames',
  inputs: nearText([frame, frame.slice(43), frame.slice(0, 43), `${'A'.repeat(43)}{}`]),
  check(input) {
    const reader = new Frames('b', head, clock.nowMs);
    const read = reader.read(input as string);
    law(read === undefined || input === frame, () => `a frame that nobody wrote: ${input}`);
    law(read === undefined || reader.read(frame) === undefined, () => 'a frame is heard twice');
  },
};

/** What this node says is what others hear. */
export const busWords: Target = {
  name: 'bus-words',
  inputs: nearJson([{ type: 'TypingChanged', conversationId: '1', user: { id: 'a' } }, { a: [1, 'ü', null] }]),
  check(input) {
    const value = parsed(input as string);
    if (value === undefined) return;
    const told = [value.is] as unknown as NonNullable<Parameters<Frames['write']>[0]['told']>;
    const read = new Frames('b', head, clock.nowMs).read(new Frames('a', head, clock.nowMs).write({ told }));
    law(JSON.stringify(read?.told) === JSON.stringify(told), () => 'heard otherwise than said');
  },
};
