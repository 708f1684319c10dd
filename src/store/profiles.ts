import type { User } from '../core/model.ts';

/**
 * The JSON text with every other profile of this user replaced by this one; undefined where there is none. Profiles are found
 * by their shape, wherever an event holds one.
 */
export function withProfile(text: string, user: User): string | undefined {
  if (!text.includes(JSON.stringify(user.id))) return undefined;
  const replaced = replace(JSON.parse(text), user);
  return replaced.isChanged ? JSON.stringify(replaced.value) : undefined;
}

type Replaced = { readonly value: unknown; readonly isChanged: boolean };

function replace(value: unknown, user: User): Replaced {
  if (typeof value !== 'object' || value === null) return { value, isChanged: false };
  if (isProfileOf(value, user.id)) {
    return { value: user, isChanged: JSON.stringify(value) !== JSON.stringify(user) };
  }
  const entries = Object.entries(value).map(([key, inner]) => [key, replace(inner, user)] as const);
  if (!entries.some(([, { isChanged }]) => isChanged)) return { value, isChanged: false };
  const inner = entries.map(([key, replaced]) => [key, replaced.value] as const);
  return { value: Array.isArray(value) ? inner.map(([, one]) => one) : Object.fromEntries(inner), isChanged: true };
}

const isProfileOf = (value: object, id: string): boolean =>
  'id' in value && value.id === id && 'name' in value && 'role' in value && 'email' in value;
