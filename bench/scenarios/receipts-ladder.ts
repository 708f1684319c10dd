import { Readers } from '../load/readers.ts';
import type { Contending, Scenario } from '../scenario.ts';
import { Server } from '../servers.ts';

const members = 1_000;

type Rung = Contending & { readonly perRoom: number };
const rungs: readonly Rung[] = [10, 100, 1_000].map((perRoom) => ({
  title: `Parlance messaging in rooms of ${perRoom}`,
  perRoom,
}));

export const receiptsLadder: Scenario<Rung> = {
  name: 'receipts-ladder',
  sentence: `${members} members of rooms of 10, 100 and 1,000 mark each message as read, one in each room at a time, and everybody in the room is told of every mark: what a mark costs, and what each of those who hear it costs.`,
  contenders: rungs,
  async measure({ perRoom }, { seconds, profileDir }) {
    const server = await Server.start('parlance', { profileDir });
    try {
      const readers = new Readers(server, perRoom);
      await readers.gather(members);
      await readers.round();
      const [cpuBefore, startMs] = [server.cpuSeconds, performance.now()];
      let [rounds, lost] = [0, 0];
      while (performance.now() - startMs < seconds * 1_000) {
        lost = await readers.round();
        rounds++;
      }
      const cpuMicros = (server.cpuSeconds - cpuBefore) * 1e6;
      const marks = rounds * members;
      readers.disperse();
      return {
        'CPU µs per mark': cpuMicros / marks,
        'CPU µs per mark heard': cpuMicros / (marks * perRoom),
        'marks per second': marks / ((performance.now() - startMs) / 1_000),
        rounds,
        lost,
      };
    } finally {
      await server.stop();
    }
  },
  targets: [],
};
