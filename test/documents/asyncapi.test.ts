import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { refusalWords } from '../../src/core/refusals.ts';
import { asyncApi } from '../../src/dialects/asyncapi.ts';
import type { AsyncApiDocument } from '../../src/dialects/asyncapi-document.ts';
import type { Examples } from '../../src/dialects/client-code.ts';
import { dialectNames } from '../../src/dialects/dialect.ts';
import { dialects } from '../../src/dialects/index.ts';
import { staysAway } from '../../src/transport/close-reasons.ts';
import { committedDocument } from '../harness/conformity.ts';
import { examplesOf } from '../harness/examples.ts';
import { tours } from '../transcripts/tours.ts';
import { AsyncApi3 } from './asyncapi-3.ts';

const isAsyncApi = Compile(AsyncApi3);

/** What a `$ref` of the document leads to. */
function resolved(document: object, ref: string): unknown {
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
      document,
    );
}

function refsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const own: unknown = Reflect.get(node, '$ref');
  return [...(typeof own === 'string' ? [own] : []), ...Object.values(node).flatMap(refsIn)];
}

function examplesIn(document: AsyncApiDocument): Examples {
  return Object.fromEntries(
    Object.entries(document.components.messages).flatMap(([id, { examples }]) =>
      examples ? [[id, examples.map(({ payload }) => payload)]] : [],
    ),
  );
}

describe.each(dialects)('the document of $name', (dialect) => {
  const document = committedDocument(dialect.name);
  const { messages } = document.components;

  test('says what the table says', () => {
    const { version } = document.info;
    const made = asyncApi(dialect, { words: refusalWords, version, examples: examplesIn(document) });
    // As written, since a compiled schema bears more than its JSON.
    expect(document).toEqual(JSON.parse(JSON.stringify(made)));
  });

  test('is AsyncAPI 3', () => {
    expect([...isAsyncApi.Errors(document)]).toEqual([]);
    expect(isAsyncApi.Check({ ...document, surplus: 1 })).toBe(false);
  });

  test('has no reference into the void, and operations speak of messages of their channel', () => {
    for (const ref of refsIn(document)) expect(resolved(document, ref), ref).toBeDefined();
    for (const { messages: refs, reply } of Object.values(document.operations))
      for (const { $ref } of [...refs, ...(reply?.messages ?? [])])
        expect(document.channels.connection.messages).toHaveProperty([$ref.split('/').at(-1) ?? '']);
  });

  test('names every message in some operation', () => {
    const named = refsIn(document.operations).map((ref) => ref.split('/').at(-1));
    expect(Object.keys(messages).filter((id) => !named.includes(id))).toEqual([]);
  });

  test('shows an example of everything that clients handle, and each fits its schema', () => {
    for (const [id, { payload, examples }] of Object.entries(messages)) {
      // The library's bookmark names a history and a moment.
      if (id === 'server.position') continue;
      expect(examples, id).toBeDefined();
      const schema = Compile(payload);
      for (const example of examples ?? []) expect(schema.Errors(example.payload), id).toEqual([]);
    }
  });

  test('tells who comes back after which end, as the transport does it', () => {
    const rows = document.channels.connection['x-close-reasons'];
    if (dialect.mount === '/ws/chat') expect(rows.map(({ code, words }) => ({ code, words }))).not.toContainEqual({});
    else for (const { reason, comesBack } of rows) expect(comesBack, reason).toBe(!staysAway[reason]);
  });
});

test.each(dialectNames)('the examples of %s are what a client exchanges with a server', async (name) => {
  expect(examplesIn(committedDocument(name))).toEqual(await examplesOf(tours[name]()));
});
