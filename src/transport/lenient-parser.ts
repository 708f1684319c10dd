import { Decoder, Encoder, PacketType } from 'socket.io-parser';

/**
 * Socket.IO's own packets, except that an event which the library would close the connection for is passed on: a name that the
 * library reserves (old clients send it unhindered) or data that is no event at all is answered by the gateway like anything
 * else that nobody understands.
 */
class LenientDecoder extends Decoder {
  readonly #attachedLimitBytes: number;
  #attachedBytes = 0;

  constructor(attachedLimitBytes: number) {
    super();
    this.#attachedLimitBytes = attachedLimitBytes;
  }

  /** The library bounds how many attachments a packet has, and each message by itself, but not what waits for the last one. */
  override add(data: unknown): void {
    this.#attachedBytes = data instanceof Uint8Array ? this.#attachedBytes + data.byteLength : 0;
    if (this.#attachedBytes > this.#attachedLimitBytes) throw new Error('too many bytes attached');
    try {
      super.add(data);
    } catch (error) {
      const event = isInvalidPayload(error) && typeof data === 'string' ? readEvent(data) : undefined;
      if (event === undefined) throw error;
      this.emitReserved('decoded', event);
    }
  }
}

/** The words of socket.io-parser 4.2.7 for a packet whose frame is sound and whose content is not. */
function isInvalidPayload(error: unknown): boolean {
  return error instanceof Error && error.message === 'invalid payload';
}

const eventPacket = /^2(?:(\/[^,]*),)?(\d{1,15})?/;

/** Type, namespace and acknowledgement are read as always; the data is left out where it is no list that begins with a name. */
function readEvent(text: string): Parameters<Encoder['encode']>[0] | undefined {
  const head = eventPacket.exec(text);
  if (!head) return undefined;
  const [{ length }, nsp = '/', id] = head;
  const data = readList(text.slice(length));
  // A packet without data is one that its socket answers as malformed.
  return { type: PacketType.EVENT, nsp, data, ...(id === undefined ? {} : { id: Number(id) }) };
}

function readList(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && typeof value[0] === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** For Socket.IO's `parser` option. A packet whose attachments have more bytes together closes its connection. */
export function lenientParser(attachedLimitBytes: number): { Encoder: typeof Encoder; Decoder: new () => Decoder } {
  return {
    Encoder,
    Decoder: class extends LenientDecoder {
      constructor() {
        super(attachedLimitBytes);
      }
    },
  };
}
