import type { Draft } from '../core/decisions.ts';
import type { User, UserId } from '../core/model.ts';
import { userNamedOnly } from '../core/rules.ts';
import type { Store } from './ports.ts';

/** Users by id, and what creates those who were never seen. */
export type Named = {
  readonly users: readonly User[];
  /** To be committed with what names them. */
  readonly drafts: readonly Draft[];
};

/** In the order of the ids, each once. */
export async function nameUsers(store: Pick<Store, 'loadUsers'>, ids: readonly UserId[]): Promise<Named> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return { users: [], drafts: [] };
  const known = await store.loadUsers(wanted);
  const drafts: Draft[] = [];
  const users = wanted.map((id) => {
    const user = known.get(id);
    if (user) return user;
    const created = userNamedOnly(id);
    drafts.push({ type: 'UserChanged', user: created });
    return created;
  });
  return { users, drafts };
}
