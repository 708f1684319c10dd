import { readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** Holds what is answered over HTTP against the OpenAPI document, as whoever reads it would. */

export type CheckedAnswer = { readonly status: number; readonly headers: Headers; readonly text: string };

/** Throws when the document says nothing of this answer, or something else. Paths that it does not name are passed over. */
export type AnswerCheck = (method: string, target: string, answer: CheckedAnswer) => void;

type Schema = { readonly $ref?: string; readonly [key: string]: unknown };
type Response = {
  readonly description: string;
  readonly headers?: { readonly [name: string]: unknown };
  readonly content?: { readonly [type: string]: { readonly schema: Schema } };
};
type Operation = { readonly responses: { readonly [status: string]: Response } };
type Document = {
  readonly paths: { readonly [template: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: { readonly [name: string]: Schema } };
};

/** Headers that a client acts upon, and so has to find in the document. */
const tellingHeaders = ['WWW-Authenticate', 'Retry-After', 'Location', 'ETag', 'Content-Range', 'Content-Disposition'];

/** The document as it lies in `docs/`. */
export function committedOpenApi(): object {
  return JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'));
}

export function answerCheck(openApi: object): AnswerCheck {
  const { paths, components } = openApi as Document;
  const templates = Object.keys(paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`),
  }));
  const validators = new Map<Schema, { Check(value: unknown): boolean; Errors(value: unknown): unknown }>();

  function inlined(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(inlined);
    if (typeof node !== 'object' || node === null) return node;
    const { $ref } = node as Schema;
    if ($ref) return inlined(components.schemas[$ref.split('/').at(-1) ?? '']);
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, inlined(value)]));
  }

  function validatorOf(schema: Schema) {
    const known = validators.get(schema) ?? Compile(inlined(schema) as TSchema);
    validators.set(schema, known);
    return known;
  }

  function bodyObjection(response: Response, { headers, text }: CheckedAnswer): string | undefined {
    const schema = response.content?.['application/json']?.schema;
    const isJson = headers.get('content-type')?.startsWith('application/json') === true;
    if (!schema) return isJson ? 'no JSON is documented' : undefined;
    if (!isJson) return 'JSON is documented';
    const json: unknown = JSON.parse(text);
    const validator = validatorOf(schema);
    if (!validator.Check(json)) return `does not fit its schema: ${JSON.stringify(validator.Errors(json))} ${text}`;
    const { error } = json as { readonly error?: { readonly code: string } };
    return error === undefined || response.description.includes(`\`${error.code}\``)
      ? undefined
      : `${error.code} is not documented there`;
  }

  function headerObjection({ headers: documented = {} }: Response, { headers }: CheckedAnswer): string | undefined {
    const wrong = tellingHeaders.find((name) => headers.has(name) !== name in documented);
    if (wrong === undefined) return undefined;
    return wrong in documented ? `the header ${wrong} is documented` : `the header ${wrong} is not documented`;
  }

  return (method, target, answer) => {
    const { pathname } = new URL(target, 'http://host');
    const template = templates.find(({ pattern }) => pattern.test(pathname))?.template ?? '';
    const operation = paths[template]?.[method.toLowerCase()];
    if (!operation) return;
    const response = operation.responses[answer.status];
    const objection = response
      ? (bodyObjection(response, answer) ?? headerObjection(response, answer))
      : 'is not documented';
    if (objection !== undefined) throw new Error(`${method} ${template} answered ${answer.status}: ${objection}`);
  };
}
