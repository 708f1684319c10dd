import { randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../make-folder.ts';
import type { TokenSettings } from './settings.ts';

/** What {@link resolveKeys} needs of the configuration. */
export type KeyConfig = {
  readonly storage: { readonly dataDir: string };
  readonly tokens: TokenSettings;
  readonly developmentSignIn: boolean;
};

/** The settings to open tokens with, and whether anybody may sign in as anyone. */
export type ResolvedKeys = TokenSettings & { readonly developmentSignIn: boolean };

/**
 * The keys that are configured, or, when none is, a secret of this server's own that is kept in `DATA_DIR` for its owner only.
 * Rejects with words for the operator when that file cannot be kept or read.
 */
export async function resolveKeys(config: KeyConfig): Promise<ResolvedKeys> {
  if (!config.developmentSignIn) return { ...config.tokens, developmentSignIn: false };
  const path = join(config.storage.dataDir, 'development-secret');
  const secret = await keptSecret(config.storage.dataDir, path).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The development secret cannot be kept in ${path} (${reason}). Let DATA_DIR name a folder that can be written, or set JWT_SECRET.`,
      { cause },
    );
  });
  if (!/^[\w-]{43,}$/.test(secret)) {
    throw new Error(`${path} holds no development secret. Remove it, so that a new one is made, or set JWT_SECRET.`);
  }
  return { ...config.tokens, secret, developmentSignIn: true };
}

async function keptSecret(dataDir: string, path: string): Promise<string> {
  makeFolder(dataDir);
  const made = randomBytes(32).toString('base64url');
  // Fails where there is one already, so that of two processes that start at once both go on with the same secret.
  await writeFile(path, made, { mode: 0o600, flag: 'wx' }).catch(passOver('EEXIST'));
  await chmod(path, 0o600);
  return (await readFile(path, 'utf8')).trim();
}

function passOver(code: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Error && 'code' in error && error.code === code)) throw error;
  };
}
