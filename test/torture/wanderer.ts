import { setTimeout as wait } from 'node:timers/promises';
import type { World } from './client.ts';
import type { Random } from './random.ts';
import type { SocketIoClient } from './socket-io-client.ts';
import type { Stay } from './stays.ts';

const staysMs = [100, 1500] as const;
const goneMs = [50, 600] as const;
const tryAgainMs = 100;

export type WandererParts = { readonly world: World; readonly client: SocketIoClient; readonly random: Random };

/** One listener that joins and leaves again and again by its own word, each asked for until it is answered. */
export class Wanderer {
  readonly #parts: WandererParts;
  readonly #going: Promise<void>;
  #isOver = false;

  constructor(parts: WandererParts) {
    this.#parts = parts;
    this.#going = this.#wander();
  }

  /** Resolves when it has gone as far as it was about to. */
  stop(): Promise<void> {
    this.#isOver = true;
    return this.#going;
  }

  async #wander(): Promise<void> {
    const { world, client, random } = this.#parts;
    const [conversation = 0] = client.parts.listensIn;
    const name = world.conversations[conversation] as string;
    const { name: listener } = client.parts;
    while (!this.#isOver) {
      const stay: Stay = { listener, conversation, asked: client.moment };
      world.record.stays.push(stay);
      const hasJoined = await this.#untilAnswered('join', name, (moment) => {
        stay.joined = moment;
      });
      if (!hasJoined) return;
      await wait(random.between(...staysMs));
      stay.leaving = client.moment;
      const hasLeft = await this.#untilAnswered('leave', name, (moment) => {
        stay.left = moment;
      });
      if (!hasLeft) return;
      await wait(random.between(...goneMs));
    }
  }

  async #untilAnswered(
    what: 'join' | 'leave',
    name: string,
    onAnswer: (moment: SocketIoClient['moment']) => void,
  ): Promise<boolean> {
    const { client } = this.#parts;
    while (!this.#isOver) {
      if (client.canSpeak && (await client.move(what, name, () => onAnswer(client.moment)))) return true;
      await wait(tryAgainMs);
    }
    return false;
  }
}
