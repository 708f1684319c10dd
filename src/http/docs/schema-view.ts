import type { TSchema } from 'typebox';
import { type Html, html, prose } from './html.ts';

/** Shows a JSON Schema as a table of fields. */

type Node = {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: { readonly [name: string]: Node };
  readonly required?: readonly string[];
};

type Row = { readonly path: string; readonly type: string; readonly isOptional: boolean; readonly words: string };

/** `integer | string`, `"sent"`, `object[]` */
function typeOf(node: Node): string {
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return node.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (node.anyOf) return [...new Set(node.anyOf.map(typeOf))].join(' | ');
  if (node.type === 'array') return listOf(node.items ?? {});
  return node.type ?? 'anything';
}

function listOf(items: Node): string {
  const type = typeOf(items);
  return type.includes('|') ? `(${type})[]` : `${type}[]`;
}

function wordsOf(node: Node): string {
  return node.description ?? node.anyOf?.find(({ description }) => description !== undefined)?.description ?? '';
}

/** The fields of every object in it, at whatever depth, each with its path. */
function rowsOf(node: Node, path: string): Row[] {
  const inside = [node, ...(node.anyOf ?? [])];
  return inside.flatMap((one) => {
    if (one.items) return rowsOf(one.items, `${path}[]`);
    return Object.entries(one.properties ?? {}).flatMap(([name, field]) => {
      const fieldPath = path === '' ? name : `${path}.${name}`;
      const isOptional = !(one.required ?? []).includes(name);
      return [{ path: fieldPath, type: typeOf(field), isOptional, words: wordsOf(field) }, ...rowsOf(field, fieldPath)];
    });
  });
}

export function schemaView(schema: TSchema): Html {
  const node: Node = schema;
  const rows = rowsOf(node, '');
  const type = typeOf(node);
  const whole = type === 'object' ? undefined : html`<p class="whole">Payload: <span class="type">${type}</span></p>`;
  if (rows.length === 0) return whole ?? html`<p class="whole">Payload: an object without fields.</p>`;
  return html`${whole}<table class="fields">
    <thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
    <tbody>${rows.map(
      ({ path, type, isOptional, words }) => html`<tr>
        <th scope="row"><code>${path}</code>${isOptional && html` <span class="optional">optional</span>`}</th>
        <td><span class="type">${type}</span></td>
        <td>${prose(words)}</td></tr>`,
    )}</tbody></table>`;
}
