import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Client, heard } from '../../test/harness/gateway-scene.ts';
import {
  closeScene,
  closeStoreForAll,
  node,
  openSceneWith,
  openStoreForAll,
  room,
} from '../../test/harness/node-scene.ts';
import { quietMoment, until } from '../../test/harness/until.ts';
import { host } from '../../test/harness/use-cases.ts';

/** Answers to syncMessages that are more than a connection should be sent at once. */

beforeAll(openStoreForAll);
afterAll(closeStoreForAll);
beforeEach(() => openSceneWith({ softLimitBytes: 50_000, ringEntries: 20 }));
afterEach(closeScene);

const count = 24;
const long = (n: number) => `${n} ${'.'.repeat(16_000)}`;

/** Who has said much, and the ids of it; and somebody who has joined, asks for it all, and does not read yet. */
async function asking(metadata?: object): Promise<{ bea: Client; ids: number[]; ann: Client }> {
  const bea = await node.connect('bea', '/chat');
  for (let n = 0; n < count; n++) {
    const said = metadata ? { content: `${n}`, metadata } : { content: long(n) };
    bea.emit('sendMessage', { roomId: room, ...said }, n);
  }
  await heard(bea, `ack${count - 1}`);
  const ann = await node.connect('ann', '/chat');
  ann.emit('joinRoom', room);
  await heard(ann, 'joinedRoom');
  ann.link.bufferedBytes = 60_000;
  ann.emit('syncMessages', { roomId: room }, 1000);
  await heard(ann, 'newMessage');
  return { bea, ids: toldTo(bea), ann };
}

function toldTo({ link }: Client): number[] {
  return link.packets.flatMap((packet) => {
    const id = /^newMessage \{"id":"(\d+)"/.exec(packet)?.[1];
    return id === undefined ? [] : [Number(id)];
  });
}

test.each([
  ['texts', undefined],
  ['metadata', { padding: '.'.repeat(16_000) }],
])(
  'of much, in %s, no more is told than a slow reader takes, and in the end all of it, once',
  async (_what, metadata) => {
    const { ann, ids } = await asking(metadata);
    await quietMoment();
    expect(toldTo(ann).length).toBeLessThan(count / 2);
    expect(ann.link.names).not.toContain('syncComplete');
    ann.link.bufferedBytes = 0;
    await heard(ann, 'ack1000');
    expect(toldTo(ann)).toEqual(ids);
    expect(ann.link.packets.at(-1)).toContain(`"syncedMessageCount":${count},"hasMore":false`);
  },
);

test.each([
  ['a little', 0],
  ['more than is remembered', 30],
])(
  'what is deleted, while %s else is said, before its piece is told, is not told nor counted',
  async (_what, others) => {
    const { ann, bea, ids } = await asking();
    const last = ids.at(-1);
    bea.emit('deleteMessage', { roomId: room, messageId: last }, 2000);
    await heard(bea, 'ack2000');
    for (let n = 0; n < others; n++) bea.emit('react', { roomId: room, messageId: ids[0], emoji: `e${n}` }, 3000 + n);
    if (others > 0) await heard(bea, `ack${3000 + others - 1}`);
    ann.link.bufferedBytes = 0;
    await heard(ann, 'ack1000');
    expect(toldTo(ann)).toEqual(ids.slice(0, -1));
    expect(ann.link.packets.at(-1)).toContain(`"syncedMessageCount":${count - 1},`);
  },
);

test('whoever is removed before all was told is told no more', async () => {
  const { ann } = await asking();
  const before = toldTo(ann).length;
  await node.useCases.execute({ type: 'RemoveMember', conversationId: room, userId: 'ann' }, host, { baseUrl: '' });
  ann.link.bufferedBytes = 0;
  await heard(ann, 'ack1000');
  expect(toldTo(ann)).toHaveLength(before);
  expect(ann.link.packets.at(-1)).toMatch(/^ack1000 \{"event":"error","data":\{"code":"NOT_FOUND"/);
});

test('whoever goes before all was told leaves nothing behind', async () => {
  const { ann } = await asking();
  ann.drop();
  await until(
    () => ann.connection.requestsUnderWay === 0,
    () => 'the question is under way for ever',
  );
});
