import type { User } from '../core/model.ts';

/** What a telling may say of a user: a bus carries only so much of one. */
const limitCharacters = 600;

/** The user as other nodes are told of them: whole, or where the profile is very large by the id and a part of the name. */
export function shortProfile(user: User): User {
  const { id, email, role, name, imageUrl = '' } = user;
  if (email.length + role.length + name.length + imageUrl.length <= limitCharacters) return user;
  return { id, email: '', role: 'USER', name: name.slice(0, limitCharacters) };
}
