import { expect, test } from 'vitest';
import { person } from '../../test/harness/cast.ts';
import { connect, plainPackaging } from '../../test/harness/links.ts';
import type { EntryRange } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import type { Position } from '../core/model.ts';
import { dialects } from '../dialects/index.ts';
import { Flush } from './flush.ts';
import { Hub } from './hub.ts';
import { Pids } from './pids.ts';
import { PresentUsers } from './present-users.ts';
import { Resume } from './resume.ts';
import { Sequencer } from './sequencer.ts';
import { Speech, voiceOf } from './speech.ts';

const ann = person('ann');
const said = (position: Position, text: string): Entry => ({
  position,
  at: position,
  event: {
    type: 'MessageSent',
    conversationId: 'c',
    actorId: 'ann',
    message: { id: position, conversationId: 'c', ordinal: position, sender: ann, text, at: position },
  },
});
const deletion: Entry = {
  position: 61,
  at: 61,
  event: { type: 'MessageDeleted', conversationId: 'c', messageId: 5, senderId: 'ann', actorId: 'ann' },
};

test('what was deleted after a page of the log was read is not told to the one it was read for', async () => {
  let whileRead = (): void => undefined;
  const store = {
    readEntries: async ({ after, upTo = 60 }: EntryRange) => {
      const positions = Array.from({ length: Math.min(upTo, 60) - after }, (_, index) => after + 1 + index);
      const entries = positions.map((position) => said(position, position === 5 ? 'a secret' : `${position}`));
      await Promise.resolve();
      whileRead();
      return { entries, through: upTo };
    },
    head: async () => ({ position: 60, epoch: 'e', secret: 's' }),
    loadMemberships: async (ids: readonly string[]) => ({
      position: 0,
      value: new Map(ids.map((id) => [id, [{ conversationId: 'c', since: 1 }]])),
    }),
  };
  const sequencer = new Sequencer({ store, position: 60, ringEntries: 10 });
  const onError = (error: unknown) => {
    throw error;
  };
  const pids = new Pids('s', 'e');
  const limits = { softLimitBytes: 1_000_000, hardLimitBytes: 2_000_000, onError };
  const flush = new Flush({ head: () => sequencer.place, offset: (place) => pids.offset(place), ...limits });
  const speech = new Speech(dialects.map((dialect) => ({ dialect, packaging: plainPackaging })));
  const hub = new Hub({ store, speech, flush });
  sequencer.subscribe((entry) => hub.publish(entry));
  const presentUsers = new PresentUsers({ publish: () => undefined, tell: () => undefined, graceMs: 1 });
  const sessions = { endJoins: () => undefined };
  const resume = new Resume({ store, sequencer, hub, presentUsers, pids, sessions, softLimitBytes: 1_000_000 });
  const comeBack = async (userId: string): Promise<string> => {
    const { connection, link } = connect(userId, 'silent', await hub.users.arrive(userId));
    connection.voice = voiceOf.messaging;
    connection.isLive = false;
    connection.joined.set('c', 1);
    hub.users.add(connection.online, connection);
    hub.users.leaveDoor(connection.online);
    await resume.catchUp(connection, 2);
    return link.packets.join();
  };

  whileRead = () => {
    whileRead = () => undefined;
    sequencer.push([deletion]);
  };
  const told = await comeBack('bob');
  expect(told).toContain('newMessage');
  expect(told).not.toContain('a secret');
});
