import type { EphemeralEvent } from '../core/events.ts';
import type { TimeMs } from '../core/model.ts';

/** An ephemeral event on its way between nodes. */
export type Telling = { readonly event: EphemeralEvent; readonly at: TimeMs };

/** PostgreSQL takes notifications of less than 8,000 bytes. */
const payloadLimitBytes = 7_900;

/** As few payloads as carry all tellings; one that fits into none is left out, which its kind allows. */
export function packTellings(tellings: readonly Telling[], node: string): readonly string[] {
  const payloads: string[] = [];
  const frame = JSON.stringify({ node, tellings: [] });
  let packed: string[] = [];
  let bytes = frame.length;
  const endPayload = (): void => {
    if (packed.length > 0) payloads.push(`${frame.slice(0, -2)}${packed.join(',')}]}`);
    packed = [];
    bytes = frame.length;
  };
  for (const telling of tellings) {
    const text = JSON.stringify(telling);
    const size = Buffer.byteLength(text) + 1;
    if (frame.length + size > payloadLimitBytes) continue;
    if (bytes + size > payloadLimitBytes) endPayload();
    packed.push(text);
    bytes += size;
  }
  endPayload();
  return payloads;
}

/** What another node has told, in order; nothing for a payload of this node itself or of a stranger. */
export function readTelling(payload: string, ownNode: string): readonly Telling[] {
  try {
    const read = JSON.parse(payload) as { readonly node: string; readonly tellings: readonly Telling[] };
    return read.node === ownNode ? [] : read.tellings;
  } catch {
    return [];
  }
}
