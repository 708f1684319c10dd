import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Client, heard, holdHistory } from '../../test/harness/gateway-scene.ts';
import { closeScene, closeStoreForAll, node, openScene, openStoreForAll, room } from '../../test/harness/node-scene.ts';
import { quietMoment } from '../../test/harness/until.ts';

/** Clients that join, leave and speak without waiting, on one connection and on two of one user. */

beforeAll(openStoreForAll);
afterAll(closeStoreForAll);
beforeEach(openScene);
afterEach(closeScene);

const times = ({ link }: Client, name: string) => link.names.filter((one) => one === name).length;
const isIn = ({ connection }: Client) => node.gateway.hub.joinedOf(room).has(connection);
/** Whether it would hear the room again after a cut. */
const isRemembered = ({ connection }: Client) => connection.remembered.knows(room);

async function joined(userId: string): Promise<Client> {
  const client = await node.connect(userId, '/chat');
  client.emit('joinRoom', room);
  await heard(client, 'joinedRoom');
  return client;
}

type Word = 'join' | 'leave' | 'say';
const answerTo = { join: 'joinedRoom', leave: 'leftRoom', say: 'messageSent' } as const;

/** Says it all at once, and waits for all answers. */
async function inOneBreath(client: Client, words: readonly Word[]): Promise<void> {
  const before = client.link.names.length;
  for (const word of words) {
    if (word === 'say') client.emit('sendMessage', { roomId: room, content: 'Tea?' });
    else client.emit(`${word}Room`, room);
  }
  const answers = () =>
    client.link.names.slice(before).filter((name) => /^(joinedRoom|leftRoom|messageSent)$/.test(name));
  for (const word of new Set(words)) {
    const counts = (names: readonly string[]) => names.filter((name) => name === answerTo[word]).length;
    await heard(
      client,
      answerTo[word],
      counts(client.link.names.slice(0, before)) + counts(words.map((one) => answerTo[one])),
    );
  }
  await quietMoment();
  expect(answers()).toEqual(words.map((word) => answerTo[word]));
}

describe.each([
  ['alone', false],
  ['while another device of theirs stays in', true],
])('who has joined, %s', (_who, hasOther) => {
  test.each([
    ['leaves and speaks', ['leave', 'say'], true],
    ['speaks and leaves', ['say', 'leave'], false],
    ['leaves and joins', ['leave', 'join'], true],
    ['leaves, joins and leaves', ['leave', 'join', 'leave'], false],
    ['leaves, speaks and leaves', ['leave', 'say', 'leave'], false],
    ['joins, leaves and joins', ['join', 'leave', 'join'], true],
    ['leaves twice and speaks twice', ['leave', 'leave', 'say', 'say'], true],
    ['leaves, joins and speaks', ['leave', 'join', 'say'], true],
  ] as const)('and %s, is in as the last word says, also after a cut', async (_what, words, stays) => {
    if (hasOther) await joined('ann');
    const ann = await joined('ann');
    await inOneBreath(ann, words);
    expect([isIn(ann), isRemembered(ann)]).toEqual([stays, stays]);
    expect(times(ann, 'newMessage')).toBe(words.filter((word) => word === 'say').length);
  });
});

describe.each([
  ['alone', false],
  ['while another device of theirs has', true],
])('who has not joined, %s', (_who, hasOther) => {
  test.each([
    ['speaks and leaves', ['say', 'leave'], false],
    ['speaks, leaves and speaks', ['say', 'leave', 'say'], true],
    ['joins, leaves and joins', ['join', 'leave', 'join'], true],
    ['joins, speaks and leaves', ['join', 'say', 'leave'], false],
  ] as const)('and %s, is in as the last word says, also after a cut', async (_what, words, stays) => {
    if (hasOther) await joined('ann');
    const ann = await node.connect('ann', '/chat');
    await inOneBreath(ann, words);
    expect([isIn(ann), isRemembered(ann)]).toEqual([stays, stays]);
    expect(times(ann, 'newMessage')).toBe(words.filter((word) => word === 'say').length);
  });
});

test('who joins, speaks and leaves while the join is read for is answered in that order, and is out', async () => {
  const client = await node.connect('ann', '/', { dialect: 'support' });
  const { history } = node.gateway;
  const { newest } = history;
  const held = Promise.withResolvers<void>();
  history.newest = async (...asked) => {
    await held.promise;
    return newest.apply(history, asked);
  };
  client.emit('joinChat', { chatId: room }, 1);
  client.emit('sendMessage', { chatId: room, text: 'Tea?' }, 2);
  client.emit('leaveChat', { chatId: room }, 3);
  await quietMoment();
  held.resolve();
  await heard(client, 'ack3');
  expect(client.link.names.filter((name) => name.startsWith('ack'))).toEqual(['ack1', 'ack2', 'ack3']);
  expect(isIn(client)).toBe(false);
});

test.each([
  ['the newest', {}],
  ['what came after a place', { lastMessageId: 0, limit: 2 }],
])('who speaks without having joined and asks for %s is told what they say once', async (_what, asked) => {
  const bea = await joined('bea');
  bea.emit('sendMessage', { roomId: room, content: 'Tea?' });
  await heard(bea, 'messageSent');
  (await joined('ann')).drop();
  const ann = await node.connect('ann', '/chat');
  const release = holdHistory(node);
  ann.emit('sendMessage', { roomId: room, content: 'Yes' });
  ann.emit('sendMessage', { roomId: room, content: 'With milk' });
  ann.emit('syncMessages', { roomId: room, ...asked });
  await heard(ann, 'messageSent', 2);
  release();
  await heard(ann, 'syncComplete');
  const told = ann.link.packets.filter((packet) => packet.startsWith('newMessage'));
  expect(told).toEqual(['Yes', 'With milk', 'Tea?'].map((content) => expect.stringContaining(`"${content}"`)));
  expect(ann.link.packets.at(-1)).toContain('"syncedMessageCount":1,"hasMore":false');
});

describe('two devices of one user', () => {
  test('that leave in the same moment have left, once', async () => {
    const [bea, one, other] = [await joined('bea'), await joined('ann'), await joined('ann')];
    for (const device of [one, other]) device.emit('leaveRoom', room);
    for (const device of [one, other]) await heard(device, 'leftRoom');
    await quietMoment();
    expect(times(bea, 'userLeftRoom')).toBe(1);
  });

  test('of which one joins while the other leaves are in', async () => {
    const [bea, one, other] = [await joined('bea'), await joined('ann'), await node.connect('ann', '/chat')];
    one.emit('leaveRoom', room);
    await heard(one, 'leftRoom');
    one.emit('joinRoom', room);
    other.emit('leaveRoom', room);
    await heard(one, 'joinedRoom', 2);
    await heard(other, 'leftRoom');
    await quietMoment();
    expect(times(bea, 'userJoinedRoom') - times(bea, 'userLeftRoom')).toBe(2);
  });
});

test('who came back before their lost transport was known to be lost leaves with both', async () => {
  const bea = await joined('bea');
  const lost = await node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
  lost.emit('joinRoom', room);
  await heard(lost, 'joinedRoom');
  const back = await node.connect('ann', '/chat', { resume: { pid: lost.pid, offset: undefined } });
  expect(isIn(back)).toBe(true);
  back.emit('leaveRoom', room);
  await heard(back, 'leftRoom');
  await heard(bea, 'userLeftRoom');
  expect([isIn(lost), isRemembered(lost), isIn(back), isRemembered(back)]).toEqual([false, false, false, false]);
  expect(node.gateway.presentUsers.list(room).map(({ id }) => id)).toEqual(['bea']);
});
