import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { isAtRest, writeAtRest } from './handle-write.ts';

/** A socket of which only this is known, and what its stream was given. */
function strange(inside: object) {
  const written: Uint8Array[] = [];
  const write = (bytes: Uint8Array) => written.push(bytes) > 0;
  const socket = { writableLength: 0, writableCorked: 0, write, ...inside } as unknown as Socket;
  return { socket, written };
}

const bytes = Buffer.from('a frame');

test.each([
  ['has no handle', {}],
  ['has another handle', { _handle: {} }],
  ['refuses what it is given', { _handle: { writeBuffer: () => -32 } }],
])('a socket that %s is written to by its stream', (_what, inside) => {
  const { socket, written } = strange(inside);
  expect(isAtRest(socket)).toBe(true);
  expect(writeAtRest(socket, bytes)).toBe('taken');
  expect(written).toEqual([bytes]);
});

test.each([
  ['is encrypted', { encrypted: true }],
  ['has bytes that wait', { writableLength: 1 }],
  ['is corked', { writableCorked: 1 }],
])('a socket that %s is not at rest', (_what, inside) => {
  expect(isAtRest(strange(inside).socket)).toBe(false);
});

test('what the system takes at once is handed to it past the stream, and what is large is left to the stream', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  const write = vi.spyOn(socket, 'write');
  expect(writeAtRest(socket, bytes)).toBe('taken');
  expect(write).not.toHaveBeenCalled();
  expect((await once(client, 'data'))[0]).toEqual(bytes);
  writeAtRest(socket, Buffer.alloc(64 * 1024 + 1));
  expect(write).toHaveBeenCalledOnce();
  for (const one of [socket, client]) one.destroy();
  server.close();
});

test('where Node has no such inside any more, the stream writes', async () => {
  vi.resetModules();
  const handled = { _handle: { writeBuffer: vi.fn(() => 0) } };
  vi.spyOn(process as unknown as { binding(): unknown }, 'binding').mockImplementation(() => {
    throw new Error('No such binding.');
  });
  const anew = await import('./handle-write.ts');
  const { socket, written } = strange(handled);
  expect(anew.writeAtRest(socket, bytes)).toBe('taken');
  expect(written).toEqual([bytes]);
  expect(handled._handle.writeBuffer).not.toHaveBeenCalled();
});

test('a Node that warns of it, or ends for it, is spared', () => {
  const strict = ['--pending-deprecation', '--throw-deprecation'];
  const script =
    "await import('./src/transport/handle-write.ts'); process.emitWarning('still told', 'DeprecationWarning')";
  const { stderr } = spawnSync(process.execPath, [...strict, '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(stderr).toContain('still told');
  expect(stderr).not.toContain('binding');
});
