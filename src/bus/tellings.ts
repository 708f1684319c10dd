import type { Telling } from '../app/ports.ts';

/** PostgreSQL takes notifications of less than 8,000 bytes. */
const payloadLimitBytes = 7_900;

/** Tellings as JSON on their way into payloads. */
export type Packed = { readonly text: string; readonly bytes: number };

/** Undefined for one that fits into no payload, which is left out. */
export function packTelling(telling: Telling): Packed | undefined {
  const text = JSON.stringify(telling);
  const bytes = Buffer.byteLength(text) + 1;
  return bytes > payloadLimitBytes - 200 ? undefined : { text, bytes };
}

/** As few payloads as carry all tellings, in their order. */
export function writePayloads(tellings: readonly Packed[], node: string): readonly string[] {
  const payloads: string[] = [];
  const frame = JSON.stringify({ node, tellings: [] });
  let texts: string[] = [];
  let size = frame.length;
  const endPayload = (): void => {
    if (texts.length > 0) payloads.push(`${frame.slice(0, -2)}${texts.join(',')}]}`);
    texts = [];
    size = frame.length;
  };
  for (const { text, bytes } of tellings) {
    if (size + bytes > payloadLimitBytes) endPayload();
    texts.push(text);
    size += bytes;
  }
  endPayload();
  return payloads;
}

/** What a node has told, in order; undefined for a payload of a stranger. */
export function readPayload(
  payload: string,
): { readonly node: string; readonly tellings: readonly Telling[] } | undefined {
  try {
    return JSON.parse(payload) as { readonly node: string; readonly tellings: readonly Telling[] };
  } catch {
    return undefined;
  }
}
