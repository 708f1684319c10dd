import type { Telling } from '../app/ports.ts';
import type { Position } from '../core/model.ts';
import type { Frames } from './frames.ts';

/** PostgreSQL takes notifications of less than 8,000 bytes, of which a frame takes some for itself. */
const tellingsLimitBytes = 7_600;

/** A telling on its way into a payload. */
export type Packed = { readonly telling: Telling; readonly bytes: number };

/** Undefined for one that fits into no payload, which is left out. */
export function packTelling(telling: Telling): Packed | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(telling)) + 1;
  return bytes > tellingsLimitBytes ? undefined : { telling, bytes };
}

/** As few signed payloads as carry all tellings, in their order. */
export function writePayloads(tellings: readonly Packed[], frames: Frames): readonly string[] {
  const payloads: string[] = [];
  let told: Telling[] = [];
  let size = 0;
  const endPayload = (): void => {
    if (told.length > 0) payloads.push(frames.write({ told }));
    told = [];
    size = 0;
  };
  for (const { telling, bytes } of tellings) {
    if (size + bytes > tellingsLimitBytes) endPayload();
    told.push(telling);
    size += bytes;
  }
  endPayload();
  return payloads;
}

/** How far a node has brought the log; undefined for a payload of a stranger. */
export function readHead(payload: string): { readonly position: Position; readonly node: string } | undefined {
  const [, digits, node] = /^(\d{1,15}) (.*)$/s.exec(payload) ?? [];
  return digits === undefined || node === undefined ? undefined : { position: Number(digits), node };
}
