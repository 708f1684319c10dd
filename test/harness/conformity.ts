import { readFileSync } from 'node:fs';
import { Compile } from 'typebox/compile';
import type { AsyncApiDocument, MessageId } from '../../src/dialects/asyncapi-document.ts';
import type { Dialect, DialectName } from '../../src/dialects/dialect.ts';
import { dialects } from '../../src/dialects/index.ts';

/** Holds what clients say and hear against the committed documents, as whoever reads them would. */

export type Mount = Dialect['mount'];

type Fits = (payload: unknown) => boolean;

export function mountOf(name: DialectName): Mount {
  const dialect = dialects.find((one) => one.name === name);
  if (!dialect) throw new Error(`No dialect ${name}`);
  return dialect.mount;
}

/** A dialect's document as it lies in `docs/api/`. */
export function committedDocument(name: DialectName): AsyncApiDocument {
  return JSON.parse(readFileSync(new URL(`../../docs/api/${name}.asyncapi.json`, import.meta.url), 'utf8'));
}

type Known = ReadonlyMap<Mount, ReadonlyMap<string, readonly Fits[]>>;

let judged: Known | undefined;

/** Holds what is said against these documents from now on, instead of the committed ones. */
export function judgeBy(documentOf: (name: DialectName) => AsyncApiDocument): void {
  const mounts = new Map<Mount, Map<string, Fits[]>>();
  for (const { name, mount } of dialects) {
    const messages = mounts.get(mount) ?? new Map<string, Fits[]>();
    mounts.set(mount, messages);
    for (const [id, { payload }] of Object.entries(documentOf(name).components.messages)) {
      const validator = Compile(payload);
      messages.set(id, [...(messages.get(id) ?? []), (value) => validator.Check(value)]);
    }
  }
  judged = mounts;
}

/** What is wrong with a message of this mount; undefined when some dialect there documents it so. */
export function objectionTo(mount: Mount, id: MessageId, args: readonly unknown[]): string | undefined {
  const said = `${mount} ${id} ${JSON.stringify(args)}`;
  // Clients may say more than one thing at once; only the first counts.
  if (args.length !== 1 && !id.startsWith('client.')) return `${said}: one argument is documented`;
  // On first need, so that who only dials needs no documents.
  if (!judged) judgeBy(committedDocument);
  const schemas = judged?.get(mount)?.get(id);
  if (!schemas) return `${said}: no document knows this`;
  return schemas.some((fits) => fits(args[0])) ? undefined : `${said}: does not fit its schema`;
}
