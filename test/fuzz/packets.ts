import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { readFast } from '../../src/transport/fast-read.ts';
import { lenientParser } from '../../src/transport/lenient-parser.ts';
import { nearText } from './mutations.ts';
import { isOrdinary, law, type Target } from './target.ts';

/** Socket.IO packets as they stand in a websocket message; `bytes:` before those that are binary. */

const attachedLimitBytes = 2_000;
const { Decoder } = lenientParser(attachedLimitBytes);

type Packet = { readonly type: number; readonly nsp: string; readonly data?: unknown; readonly id?: number };

const seeds = [
  ...[
    '0',
    '0{"token":"x"}',
    '0/chat,{"token":"x"}',
    '1',
    '1/chat,',
    '2["a"]',
    '2["a",{"b":[1]}]',
    '2/chat,7["a",null]',
  ],
  ...[
    '2123456789012345["a"]',
    '3["b"]',
    '37["b"]',
    '4{"message":"x"}',
    '2["connect"]',
    '2["disconnect",1]',
    '2[]',
    '2{"a":1}',
  ],
  ...[
    '51-["f",{"_placeholder":true,"num":0}]',
    '52-/chat,3["f",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]',
  ],
  ...[
    '61-1[{"_placeholder":true,"num":0}]',
    '51-["f",{"_placeholder":true,"num":9}]',
    '511-["f"]',
    '2["__proto__",{"__proto__":{"a":1}}]',
  ],
];
const bytes = fc.constantFrom('bytes:', 'bytes:abc', `bytes:${'x'.repeat(900)}`);

/** The real decoder, from the first packet to the first that closes the connection, as the library uses it. */
export const packets: Target = {
  name: 'packets',
  inputs: fc.array(fc.oneof({ weight: 4, arbitrary: nearText(seeds) }, { weight: 1, arbitrary: bytes }), {
    minLength: 1,
    maxLength: 5,
  }),
  check(input) {
    const decoder = new Decoder();
    let attachedBytes = 0;
    decoder.on('decoded', (packet: Packet) => {
      attachedBytes = 0;
      law(Number.isInteger(packet.type) && packet.type >= 0 && packet.type <= 6, () => `type ${packet.type}`);
      law(packet.nsp.startsWith('/'), () => `namespace ${packet.nsp}`);
      const { id, data } = packet;
      // The library takes blanks for digits, so that it may be NaN: that comes back to whoever sent it.
      law(id === undefined || typeof id === 'number', () => `id ${id}`);
      if (packet.type === 2) law(data === undefined || isEvent(data), () => `event ${JSON.stringify(data)}`);
      if (packet.type === 2) law(isOrdinary(data), () => 'an object has a prototype of its own');
    });
    for (const text of input as string[]) {
      const isBinary = text.startsWith('bytes:');
      try {
        const content = isBinary ? Buffer.from(text.slice('bytes:'.length)) : text;
        decoder.add(content);
        // What waits for its packet is bounded.
        attachedBytes += isBinary ? content.length : 0;
        law(attachedBytes <= attachedLimitBytes, () => `${attachedBytes} bytes wait`);
      } catch (error) {
        if (error instanceof Error && !/^(type|namespace|id|event|an object|\d+ bytes)/.test(error.message)) return;
        throw error;
      }
    }
  },
};

const isEvent = (data: unknown): boolean => Array.isArray(data) && ['string', 'number'].includes(typeof data[0]);

/** One websocket message: what is read past the library is what the library would have read. */
export const fastPackets: Target = {
  name: 'fast-packets',
  inputs: nearText(seeds.map((text) => `4${text}`)),
  check(input) {
    const raw = Buffer.from(input as string);
    for (const nsp of ['/', '/chat']) {
      const heard = heardFast(nsp, raw);
      if (heard === undefined) continue;
      const library = decoded(raw.toString('utf8').slice(1));
      const [data, id] = heard;
      const same =
        JSON.stringify([2, nsp, data, id]) ===
        JSON.stringify([library?.type, library?.nsp, library?.data, library?.id]);
      law(same, () => `fast ${JSON.stringify(heard)}, library ${JSON.stringify(library)}`);
      law(isOrdinary(data), () => 'an object has a prototype of its own');
    }
  },
};

function decoded(text: string): Packet | undefined {
  const decoder = new Decoder();
  let found: Packet | undefined;
  decoder.on('decoded', (packet: Packet) => (found = packet));
  decoder.add(text);
  return found;
}

function heardFast(name: string, raw: Buffer): [data: readonly unknown[], id: number | undefined] | undefined {
  const websocket = new EventEmitter();
  websocket.on('message', () => undefined);
  const conn = {
    ...{ protocol: 4, readyState: 'open', pingTimeoutTimer: null, hasRefreshedPingTimeout: false },
    transport: { socket: websocket },
  };
  let heard: [readonly unknown[], number | undefined] | undefined;
  const socket = { nsp: { name }, client: { conn, decoder: {} } } as unknown as Parameters<typeof readFast>[0];
  readFast(socket, { hear: (data, id) => (heard = [data, id]) });
  websocket.emit('message', raw, false);
  return heard;
}
