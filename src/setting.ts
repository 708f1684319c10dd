import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Type, { type TSchema } from 'typebox';
import { Check } from 'typebox/value';

/** What one setting is: how its text becomes a value, what it must be, and what it is for. */
export type Setting<T> = {
  readonly name: string;
  /** Holds for every value in force. */
  readonly schema: TSchema;
  /** In words, after "expected". */
  readonly expected: string;
  readonly default: T;
  /** What stands in for a default that depends on other settings. */
  readonly defaultNote?: string;
  readonly sentence: string;
  readonly isSecret: boolean;
  /** The value that the text says; undefined when it says none. */
  parse(text: string): T | undefined;
};

/** A setting that cannot be used. The message names it and says what is expected, and never shows a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly setting: string;

  constructor(setting: string, problem: string) {
    super(`${setting} ${problem}`);
    this.setting = setting;
  }
}

/**
 * The value of a setting in this environment. Set but empty is refused rather than taken for unset: a forgotten secret must not
 * open the development sign-in, and a forgotten issuer must not switch its check off.
 */
export function readSetting<T>(setting: Setting<T>, env: Readonly<Record<string, string | undefined>>): T {
  const text = env[setting.name];
  if (text === undefined) return setting.default;
  const value = setting.parse(text);
  if (value !== undefined && Check(setting.schema, value)) return value;
  if (text.trim() === '') {
    throw new ConfigError(
      setting.name,
      `is set but empty: expected ${setting.expected}. Give it a value or remove it.`,
    );
  }
  const shown = setting.isSecret ? 'cannot be used' : `is ${JSON.stringify(text)}`;
  throw new ConfigError(setting.name, `${shown}: expected ${setting.expected}.`);
}

const open = { isSecret: false } as const;

/** A whole number between two bounds, both inclusive. */
export function whole(
  name: string,
  standard: number,
  sentence: string,
  bounds: { readonly from?: number; readonly to?: number } = {},
): Setting<number> {
  const { from = 1, to = Number.MAX_SAFE_INTEGER } = bounds;
  return {
    ...open,
    name,
    schema: Type.Integer({ minimum: from, maximum: to }),
    expected:
      to === Number.MAX_SAFE_INTEGER ? `a whole number, ${from} or more` : `a whole number from ${from} to ${to}`,
    default: standard,
    sentence,
    parse: (text) => (/^\d+$/.test(text.trim()) ? Number(text) : undefined),
  };
}

const switchWords = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

export function onOff(name: string, standard: boolean, sentence: string): Setting<boolean> {
  return {
    ...open,
    name,
    schema: Type.Boolean(),
    expected: 'true or false (also 1/0, yes/no, on/off)',
    default: standard,
    sentence,
    parse: (text) => switchWords.get(text.trim().toLowerCase()),
  };
}

export function oneOf<const W extends string>(
  name: string,
  words: readonly W[],
  standard: W,
  sentence: string,
): Setting<W> {
  return {
    ...open,
    name,
    schema: Type.Enum([...words]),
    expected: `one of ${words.join(', ')}`,
    default: standard,
    sentence,
    parse: (text) => words.find((word) => word === text.trim().toLowerCase()),
  };
}

/** A text with a default. */
export function text(name: string, standard: string, sentence: string): Setting<string> {
  return { ...optional(name, 'a text', sentence), default: standard, parse: trimmed };
}

/** A text that may be missing. `read` turns it into its canonical form, or undefined when it is wrong. */
export function optional(
  name: string,
  expected: string,
  sentence: string,
  read: (text: string) => string | undefined = trimmed,
): Setting<string | undefined> {
  return {
    ...open,
    name,
    schema: Type.String({ minLength: 1 }),
    expected,
    default: undefined,
    sentence,
    parse: read,
  };
}

/** Like {@link optional}, but its value is never shown and never trimmed. */
export function secret(
  name: string,
  expected: string,
  sentence: string,
  read: (text: string) => string | undefined = (text) => text,
): Setting<string | undefined> {
  return { ...optional(name, expected, sentence, read), isSecret: true };
}

/** Texts between commas. Empty text is the empty list. */
export function list(
  name: string,
  standard: readonly string[],
  expected: string,
  sentence: string,
  read: (text: string) => string | undefined = trimmed,
): Setting<readonly string[]> {
  return {
    ...open,
    name,
    schema: Type.Array(Type.String({ minLength: 1 })),
    expected,
    default: standard,
    sentence,
    parse(text) {
      const parts = text.split(',').filter((part) => part.trim() !== '');
      const values = parts.map(read).filter((value) => value !== undefined);
      return values.length === parts.length ? values : undefined;
    },
  };
}

/** Words between commas, each one of these and at least one. */
export function listOf<const W extends string>(
  name: string,
  words: readonly W[],
  defaultNote: string,
  sentence: string,
): Setting<readonly W[] | undefined> {
  return {
    ...open,
    name,
    schema: Type.Array(Type.Enum([...words]), { minItems: 1 }),
    expected: `a comma list of ${words.join(', ')}`,
    default: undefined,
    defaultNote,
    sentence,
    parse(text) {
      const parts = text.split(',').map((part) => part.trim());
      const values = parts.map((part) => words.find((word) => word === part)).filter((word) => word !== undefined);
      return values.length === parts.length ? values : undefined;
    },
  };
}

function trimmed(text: string): string {
  return text.trim();
}

/** An absolute http(s) address without query and fragment, and without the slash at its end. */
export function webAddress(text: string): string | undefined {
  const url = httpUrl(text);
  return url === undefined || url.search !== '' || url.hash !== '' ? undefined : url.href.replace(/\/+$/, '');
}

/** Any absolute http(s) address. */
export function anyWebAddress(text: string): string | undefined {
  return httpUrl(text)?.href;
}

/** An origin as browsers send it. */
export function origin(text: string): string | undefined {
  const url = httpUrl(text);
  return url === undefined || url.href !== `${url.origin}/` ? undefined : url.origin;
}

function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text.trim());
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' ? url : undefined;
}

/** A public key or certificate in PEM, from the text itself or from the file that it names. RSA keys of 2048 bits at least. */
export function publicKeyPem(text: string): string | undefined {
  const value = text.trim();
  try {
    const pem = value.startsWith('-----BEGIN ') ? value.replaceAll('\\n', '\n') : readFileSync(value, 'utf8').trim();
    // A private key would do as well, which is why it is refused: it does not belong on this machine.
    if (!/^-----BEGIN ((RSA )?PUBLIC KEY|CERTIFICATE)-----/.test(pem)) return undefined;
    const key = createPublicKey(pem);
    const bits = key.asymmetricKeyDetails?.modulusLength;
    return bits !== undefined && bits < 2048 ? undefined : key.export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return undefined;
  }
}
