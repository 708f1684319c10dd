import { WebSocket } from 'ws';
import type { RoomSocket } from './websocket-link.ts';

const silentRoundsLimit = 2;
/** One round is spread over this many beats, so that thousands of pings do not leave in one turn. */
const beatsPerRound = 25;

/** Pings every websocket once a round and cuts those that have been silent for two; one timer for all of them. */
export class Heartbeat {
  readonly #pulses: readonly Set<RoomSocket>[] = Array.from({ length: beatsPerRound }, () => new Set<RoomSocket>());
  readonly #timer: NodeJS.Timeout;
  #added = 0;
  #beats = 0;

  constructor(roundMs: number) {
    this.#timer = setInterval(() => this.#beat(), roundMs / beatsPerRound).unref();
  }

  /** From now on; ends by itself with the websocket. */
  add(websocket: RoomSocket): void {
    const pulse = this.#pulses[this.#added++ % beatsPerRound];
    pulse?.add(websocket);
    websocket.pulse = pulse;
  }

  /** Ends all pinging, and answers the websockets that are still there. */
  stop(): RoomSocket[] {
    clearInterval(this.#timer);
    return this.#pulses.flatMap((pulse) => [...pulse]);
  }

  #beat(): void {
    for (const websocket of this.#pulses[this.#beats++ % beatsPerRound] ?? []) {
      if (websocket.silentRounds >= silentRoundsLimit) websocket.terminate();
      else {
        // Whoever has said their last and reads nothing would be waited for without end, so these rounds count as well.
        websocket.silentRounds++;
        if (websocket.readyState === WebSocket.OPEN) websocket.ping();
      }
    }
  }
}
