import { createClient } from '@redis/client';
import { createAdapter as createPubSubAdapter } from '@socket.io/redis-adapter';
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter';
import type { Server } from 'socket.io';

type Adapter = Parameters<Server['adapter']>[0];

/** What carries broadcasts between several Socket.IO servers, as the adapters' own pages show it. */
export async function adapterOf(name: string, url: string): Promise<Adapter> {
  const client = createClient({ url });
  await client.connect();
  if (name === 'streams') return createStreamsAdapter(client);
  const subscriber = client.duplicate();
  await subscriber.connect();
  return createPubSubAdapter(client, subscriber);
}
