import { expect, test } from 'vitest';
import type { Frame } from './frames.ts';
import { connectPacket, published, publishPacket, readPacket, subscribePacket } from './mqtt.ts';

const topic = '5000000';

function packetsIn(bytes: Buffer, limit = bytes.length): Buffer[] {
  const frame: Frame = { opcode: 0, start: 0, end: 0 };
  const found: Buffer[] = [];
  for (let at = 0; readPacket(bytes, at, limit, frame); at = frame.end)
    found.push(bytes.subarray(frame.start, frame.end));
  return found;
}

test('packets are written as MQTT 3.1.1 has them', () => {
  expect(connectPacket().toString('hex')).toBe('100c00044d5154540402000000' + '00');
  expect(subscribePacket('a/b').toString('hex')).toBe('820800010003612f6200');
  expect(publishPacket('a/b', 'hey').toString('hex')).toBe('30080003612f62686579');
});

test.each([0, 1, 118, 119, 16_374, 16_375, 70_000])(
  'a message of %i characters is read as it was written',
  (length) => {
    const text = 'x'.repeat(length);
    const [packet, ...others] = packetsIn(publishPacket(topic, text));
    expect(others).toEqual([]);
    expect(packet?.subarray(0, 1)).toEqual(published);
    expect(packet?.toString().endsWith(`${topic}${text}`)).toBe(true);
  },
);

test('packets that come together are told apart, and one that is cut off anywhere waits for its rest', () => {
  const parts = [subscribePacket(topic), publishPacket(topic, 'y'.repeat(200)), publishPacket(topic, 'z')];
  const bytes = Buffer.concat(parts);
  expect(packetsIn(bytes)).toEqual(parts);
  for (let limit = 0; limit < bytes.length; limit++) {
    const whole = parts.filter((_, index) => Buffer.concat(parts.slice(0, index + 1)).length <= limit);
    expect(packetsIn(bytes, limit)).toEqual(whole);
  }
});

test('bytes that never say how long a packet is are an error, and no wait', () => {
  expect(() => packetsIn(Buffer.alloc(8, 0xff))).toThrow('does not speak MQTT');
});
