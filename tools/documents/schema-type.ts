/** A JSON Schema as a TypeScript type, with what it says about each field. */

type Node = {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: { readonly [name: string]: Node };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | object;
};

export function typeOf(node: Node, indent = ''): string {
  if (node.const !== undefined) return literal(node.const);
  if (node.enum) return node.enum.map(literal).join(' | ');
  if (node.anyOf) return [...new Set(node.anyOf.map((one) => typeOf(one, indent)))].join(' | ');
  switch (node.type) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return node.type;
    case 'array':
      return listOf(typeOf(node.items ?? {}, indent));
    case 'object':
      return objectOf(node, indent);
    case undefined:
      return 'unknown';
    default:
      throw new Error(`No TypeScript type for a schema of type ${node.type}.`);
  }
}

function objectOf({ properties = {}, required = [], additionalProperties }: Node, indent: string): string {
  const inner = `${indent}  `;
  const fields = Object.entries(properties).map(([name, field]) => {
    const words = field.description ?? field.anyOf?.find(({ description }) => description)?.description;
    const comment = words === undefined ? '' : `${inner}/** ${words.replaceAll('*/', '*\u200b/')} */\n`;
    const isOptional = !required.includes(name);
    // Said explicitly, because users may have `exactOptionalPropertyTypes` on.
    const type = typeOf(field, inner) + (isOptional ? ' | undefined' : '');
    return `${comment}${inner}${nameOf(name)}${isOptional ? '?' : ''}: ${type};\n`;
  });
  if (fields.length > 0) return `{\n${fields.join('')}${indent}}`;
  return additionalProperties === false ? 'Record<string, never>' : '{ [key: string]: unknown }';
}

const listOf = (type: string): string => (/[|\s]/.test(type) ? `Array<${type}>` : `${type}[]`);
const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : JSON.stringify(value);
const nameOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`);
