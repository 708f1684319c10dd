import type { Telling } from '../app/ports.ts';
import type { Position } from '../core/model.ts';

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

/** What a node has told, in order; undefined for a payload of a stranger: whoever is connected to the database may notify. */
export function readPayload(
  payload: string,
): { readonly node: string; readonly tellings: readonly Telling[] } | undefined {
  try {
    const told: unknown = JSON.parse(payload);
    return isTold(told) ? told : undefined;
  } catch {
    return undefined;
  }
}

/** Looks no deeper: the rest was written by {@link writePayloads}, or harms nobody but whom it names. */
function isTold(told: unknown): told is { readonly node: string; readonly tellings: readonly Telling[] } {
  if (typeof told !== 'object' || told === null || !('node' in told) || !('tellings' in told)) return false;
  const { node, tellings } = told;
  return typeof node === 'string' && Array.isArray(tellings) && tellings.every(isTelling);
}

const isTelling = (telling: unknown): boolean =>
  typeof telling === 'object' && telling !== null && 'tells' in telling && typeof telling.tells === 'string';

/** How far a node has brought the log; undefined for a payload of a stranger. */
export function readHead(payload: string): { readonly position: Position; readonly node: string } | undefined {
  const [, digits, node] = /^(\d{1,15}) (.*)$/s.exec(payload) ?? [];
  return digits === undefined || node === undefined ? undefined : { position: Number(digits), node };
}
