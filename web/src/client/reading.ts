/**
 * Takes apart what the server says. A schema library would be larger than all of this client, and compiles its schemas
 * with `eval`, which a strict Content-Security-Policy forbids.
 */

export type Fields = { readonly [key: string]: unknown };

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The text, or undefined for anything else and for the empty text. */
export const someText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

export const timeOf = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) || 0 : 0);

/** An id, which some dialects write as a number. */
export const idOf = (value: unknown): string => (typeof value === 'number' ? String(value) : textOf(value));

export function listOf<T>(value: unknown, read: (item: unknown) => T): readonly T[] {
  return Array.isArray(value) ? value.map(read) : [];
}

export function oneOf<T extends string>(allowed: readonly T[], value: unknown, otherwise: T): T {
  return allowed.find((candidate) => candidate === value) ?? otherwise;
}
