import { refusalWords } from '../../src/core/refusals.ts';
import { asyncApi } from '../../src/dialects/asyncapi.ts';
import type { AsyncApiDocument } from '../../src/dialects/asyncapi-document.ts';
import type { Examples } from '../../src/dialects/client-code.ts';
import { type DialectName, dialectNames } from '../../src/dialects/dialect.ts';
import { dialects } from '../../src/dialects/index.ts';
import { judgeBy } from '../../test/harness/conformity.ts';
import { examplesOf } from '../../test/harness/examples.ts';
import { tours } from '../../test/transcripts/tours.ts';

/** Of what clients rely on; additions do not change it. */
const version = '1.0.0';

let made: ReadonlyMap<DialectName, Promise<AsyncApiDocument>> | undefined;

/** A dialect's document, its examples taken from a play with a real server; all plays go on at once. */
export async function asyncApiOf(name: DialectName): Promise<AsyncApiDocument> {
  made ??= new Map(dialectNames.map((one) => [one, make(one)]));
  return (await made.get(name)) as AsyncApiDocument;
}

async function make(name: DialectName): Promise<AsyncApiDocument> {
  // The committed documents may be the old ones.
  judgeBy((other) => documentOf(other));
  return documentOf(name, await examplesOf(tours[name]()));
}

function documentOf(name: DialectName, examples: Examples = {}): AsyncApiDocument {
  const dialect = dialects.find((one) => one.name === name);
  if (!dialect) throw new Error(`No dialect ${name}`);
  return asyncApi(dialect, { words: refusalWords, version, examples });
}

/** The documents of all dialects, for the list of what is generated. */
export const asyncApiPages = dialectNames.map((name) => ({
  path: `docs/api/${name}.asyncapi.json`,
  make: async () => `${JSON.stringify(await asyncApiOf(name), null, 2)}\n`,
}));
