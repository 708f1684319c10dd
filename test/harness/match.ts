/** Patterns for payloads whose ids and times are not known beforehand. */

export class Slot {
  readonly name: string;
  readonly kind: 'id' | 'time' | 'text';

  constructor(kind: Slot['kind'], name: string) {
    this.kind = kind;
    this.name = name;
  }
}

/** An id given by the server: where it is met first it is learnt, everywhere else it is this one, as a number or a string. */
export const the = (name: string): Slot => new Slot('id', name);

/** A time given by the server, the same wherever it is met again, to the second: dialects write it in two forms. */
export const timeOf = (name: string): Slot => new Slot('time', name);

/** A text given by the server, or one that fits. */
export const text = (name: string): Slot => new Slot('text', name);

export type Learnt = Map<string, unknown>;

/** What differs, as a path and both values; undefined when nothing does. Keys beyond the expected ones differ too. */
export function difference(expected: unknown, actual: unknown, learnt: Learnt, path = ''): string | undefined {
  if (expected instanceof Slot) return slotDifference(expected, actual, learnt, path);
  if (expected instanceof RegExp) {
    return typeof actual === 'string' && expected.test(actual)
      ? undefined
      : `${path}: ${shown(actual)}, not ${expected}`;
  }
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null) {
    return Object.is(expected, actual) ? undefined : `${path}: ${shown(actual)}, not ${shown(expected)}`;
  }
  if (Array.isArray(expected) !== Array.isArray(actual)) return `${path}: ${shown(actual)}, not ${shown(expected)}`;
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  for (const key of keys) {
    if (!Object.hasOwn(actual, key)) return `${path}.${key}: absent, not ${shown(Reflect.get(expected, key))}`;
    if (!Object.hasOwn(expected, key)) return `${path}.${key}: ${shown(Reflect.get(actual, key))}, not absent`;
    const inside = difference(Reflect.get(expected, key), Reflect.get(actual, key), learnt, `${path}.${key}`);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

function slotDifference(slot: Slot, actual: unknown, learnt: Learnt, path: string): string | undefined {
  const key = `${slot.kind} ${slot.name}`;
  const normal = slot.kind === 'time' ? String(actual).slice(0, 19) : String(actual);
  const isPossible = slot.kind === 'id' ? ['number', 'string'].includes(typeof actual) : typeof actual === 'string';
  if (!isPossible) return `${path}: ${shown(actual)}, not the ${key}`;
  if (!learnt.has(key)) {
    for (const [other, value] of learnt) {
      if (slot.kind === 'id' && other.startsWith('id ') && value === normal)
        return `${path}: the ${key} is the ${other} again`;
    }
    learnt.set(key, normal);
  }
  return learnt.get(key) === normal ? undefined : `${path}: ${normal}, not the ${key} ${learnt.get(key)}`;
}

/** The same with what is known by now put in. */
export function filled(value: unknown, learnt: Learnt): unknown {
  if (value instanceof Slot) {
    const key = `${value.kind} ${value.name}`;
    if (!learnt.has(key)) throw new Error(`The ${key} is not known yet.`);
    return learnt.get(key);
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, learnt));
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, learnt)]));
}

/** `{name}` in an address, with what is known by now put in. */
export function filledPath(path: string, learnt: Learnt): string {
  return path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(learnt.get(`id ${name}`))));
}

export function shown(value: unknown): string {
  if (value instanceof Slot) return `<${value.kind} ${value.name}>`;
  return (
    JSON.stringify(value, (_, inner) => (inner instanceof Slot ? `<${inner.kind} ${inner.name}>` : inner)) ??
    'undefined'
  );
}
