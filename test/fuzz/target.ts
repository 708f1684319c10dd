import type fc from 'fast-check';
import type { Json } from '../../src/core/model.ts';

/** One parser, and the laws that it keeps whatever it is given. */
export type Target = {
  readonly name: string;
  /** New inputs. JSON, so that one that was found can be kept in the corpus. */
  readonly inputs: fc.Arbitrary<Json>;
  /** Throws when a law is broken. What is no input of this target at all is passed over. */
  check(input: Json): void | Promise<void>;
};

/** No input of these tests is large: what takes this long does more than look at it once. */
const patienceMs = 3_000;

const prototypes = [Object.prototype, Array.prototype, String.prototype, Function.prototype, Number.prototype];
const untouched = prototypes.map((one) => Reflect.ownKeys(one).length);

/** {@link Target.check}, and the laws of all targets: it ends soon, and nothing is added to what all objects share. */
export async function checkOne(target: Target, input: Json): Promise<void> {
  const start = performance.now();
  await target.check(input);
  const tookMs = performance.now() - start;
  if (tookMs > patienceMs) throw new Error(`took ${Math.round(tookMs)} ms`);
  if (prototypes.some((one, index) => Reflect.ownKeys(one).length !== untouched[index])) {
    throw new Error('a prototype that all share has been changed');
  }
}

export function law(holds: boolean, otherwise: () => string): asserts holds {
  if (!holds) throw new Error(otherwise());
}

/** Every object in it is an ordinary one: none got its prototype from an input. */
export function isOrdinary(value: unknown): boolean {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one !== 'object' || one === null || Buffer.isBuffer(one)) continue;
    const prototype: unknown = Object.getPrototypeOf(one);
    if (prototype !== Object.prototype && prototype !== Array.prototype) return false;
    left.push(...Object.values(one));
  }
  return true;
}

export const parsed = (text: string): { readonly is: unknown } | undefined => {
  try {
    return { is: JSON.parse(text) };
  } catch {
    return undefined;
  }
};
