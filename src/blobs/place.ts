import type { Id } from '../core/model.ts';

/**
 * Where a content lies below the root of its driver, `ab/<id>`, `ab` being the id's first two characters: the same in all drivers,
 * so that a plain copy moves them. Undefined for ids that could lead elsewhere or are too short to be a secret.
 */
export function placeOf(id: Id): string | undefined {
  return /^[\w-]{16,200}$/.test(id) ? `${id.slice(0, 2)}/${id}` : undefined;
}
