import { expect, test } from 'vitest';
import { heard, openNode } from '../../test/harness/gateway-scene.ts';
import { openTemporaryStore } from '../../test/harness/use-cases.ts';

test('too many events are refused in the dialect of each, whichever was spoken last', async () => {
  await using opened = await openTemporaryStore();
  using node = await openNode(opened.store, { events: { perSecond: 1, burst: 2 } });
  const client = await node.connect('ann', '/');
  client.emit('join_conversation', '7', 1);
  client.emit('getActiveUsers', '7', 2);
  client.emit('join_conversation', '7', 3);
  client.emit('getActiveUsers', '7', 4);
  client.emit('nobody knows it', '7', 5);
  for (const ack of [1, 2, 3, 4, 5]) await heard(client, `ack${ack}`);
  const data = (ack: number) => {
    const packet = client.link.packets.find((one) => one.startsWith(`ack${ack} `)) ?? '';
    return (JSON.parse(packet.slice(packet.indexOf(' '))) as { data?: unknown }).data;
  };
  expect(data(3)).toEqual({ message: expect.stringContaining('Too many events') });
  for (const ack of [4, 5]) expect(data(ack)).toEqual(expect.stringContaining('Too many events'));
});
