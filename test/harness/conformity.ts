import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Dialect, DialectName } from '../../src/dialects/dialect.ts';
import { dialects } from '../../src/dialects/index.ts';

/** Holds what clients hear against what the documents show. */

export type Mount = Dialect['mount'];

type Fits = (payload: unknown) => boolean;

export function mountOf(name: DialectName): Mount {
  const dialect = dialects.find((one) => one.name === name);
  if (!dialect) throw new Error(`No dialect ${name}`);
  return dialect.mount;
}

function framesOf(dialect: Dialect): [string, TSchema][] {
  return [
    ...Object.values(dialect.outbound).flatMap((rows) =>
      rows === 'silent' ? [] : rows.map((row): [string, TSchema] => [row.name, row.schema]),
    ),
    ...Object.values(dialect.inbound).flatMap((row) => Object.entries(row.answers)),
    ...Object.entries(dialect.entrance?.answers ?? {}),
    ['error', dialect.error.schema],
  ];
}

const known = new Map<Mount, Map<string, Fits[]>>();
for (const dialect of dialects) {
  const frames = known.get(dialect.mount) ?? new Map<string, Fits[]>();
  known.set(dialect.mount, frames);
  for (const [name, schema] of framesOf(dialect)) {
    const validator = Compile(schema);
    const fits: Fits = (payload) => validator.Check(payload);
    frames.set(name, [...(frames.get(name) ?? []), fits]);
  }
}

/** What is wrong with a frame that was heard at this mount; undefined when some dialect there documents it so. */
export function objectionTo(mount: Mount, name: string, args: readonly unknown[]): string | undefined {
  const said = `${mount} ${name} ${JSON.stringify(args)}`;
  if (args.length !== 1) return `${said}: one argument is documented`;
  const schemas = known.get(mount)?.get(name);
  if (!schemas) return `${said}: no document knows this event`;
  return schemas.some((fits) => fits(args[0])) ? undefined : `${said}: does not fit its schema`;
}
