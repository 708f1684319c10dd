import { loadConfig } from '../config.ts';
import { signToken } from '../tokens/hmac.ts';
import { resolveKeys } from '../tokens/keys.ts';
import { openTokens } from '../tokens/open.ts';
import { type CliCommand, UsageError } from './command.ts';
import { parseOptions, parseSeconds } from './options.ts';

/** Prints a token that this server accepts. */
export const token: CliCommand = {
  name: 'token',
  options: '--sub ID [--name NAME] [--email EMAIL] [--role ROLE] [--ttl 30d]',
  sentence: 'Print a token for a user, signed with JWT_SECRET or with the development secret.',
  async run(args, { env, out }) {
    const { sub, ttl, ...profile } = parseOptions(args, {
      sub: { type: 'string' },
      name: { type: 'string' },
      email: { type: 'string' },
      role: { type: 'string' },
      ttl: { type: 'string', default: '30d' },
    });
    if (sub === undefined) throw new UsageError('Whose token? Give the id of the user: --sub 1');
    const ttlSeconds = parseSeconds('ttl', ttl);

    const keys = await resolveKeys(loadConfig(env()));
    if (keys.secret === undefined) {
      throw new Error(
        'This server knows public keys only, so it cannot sign. Ask whoever holds the private key for a token, or set JWT_SECRET.',
      );
    }
    if (!keys.algorithms.includes('HS256')) {
      throw new Error(
        'JWT_ALGORITHMS does not accept HS256, with which this command signs. Add it, or sign elsewhere.',
      );
    }
    const { issuer: iss, audience: aud } = keys;
    const signed = signToken(keys.secret, { sub, ...profile, iss, aud }, ttlSeconds);
    if ((await openTokens(keys).verify(signed)) === undefined) {
      throw new UsageError('--sub is no user id: expected 1 to 200 characters, none of them a control character');
    }
    out(signed);
  },
};
