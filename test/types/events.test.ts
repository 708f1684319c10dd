import type * as Direct from 'parlance/direct';
import type * as Kenz from 'parlance/kenz';
import type * as Messaging from 'parlance/messaging';
import type * as Rooms from 'parlance/rooms';
import type * as Support from 'parlance/support';
import { io, type Socket } from 'socket.io-client';
import { expect, expectTypeOf, test } from 'vitest';
import { openHouse } from '../harness/house.ts';

/** What applications write with the types that the package exports: `npm run typecheck` is the judge of most of this. */

test('a typed client speaks and hears', async () => {
  await using house = await openHouse();
  const socket: Socket<Messaging.ServerToClientEvents, Messaging.ClientToServerEventsWithAck> = io(
    `${house.address}/chat`,
    { forceNew: true, auth: { token: house.token({ sub: '1', name: 'Ann' }) } },
  );
  const heard = new Promise<Messaging.ServerPayloads['newMessage']>((resolve) => socket.on('newMessage', resolve));
  const answer = await socket.emitWithAck('sendMessage', {
    roomId: 'tea',
    content: 'Tea?',
    metadata: { mood: 'merry' },
  });
  if (answer.event === 'error') throw new Error(answer.data.message);
  expectTypeOf(answer.data.status).toEqualTypeOf<'sent'>();
  const message = await heard;
  expect(message).toMatchObject({ id: answer.data.id, sender: '1', metadata: { mood: 'merry' } });
  socket.close();
});

// Never called: it only has to be accepted or refused.
function _written(
  kenz: Socket<Kenz.ServerToClientEvents, Kenz.ClientToServerEvents>,
  support: Socket<Support.ServerToClientEvents, Support.ClientToServerEvents>,
  direct: Socket<Direct.ServerToClientEvents, Direct.ClientToServerEvents>,
  messaging: Socket<Messaging.ServerToClientEvents, Messaging.ClientToServerEventsWithAck>,
  hasty: Socket<Messaging.ServerToClientEvents, Messaging.ClientToServerEvents>,
): void {
  kenz.emit('send_message', { chatId: 7, message: 'Tea?' });
  kenz.emit('send_message', { chatId: '7', file_url: null, type: 'text' }, (answer) => {
    if ('event' in answer) expectTypeOf(answer.data).toEqualTypeOf<string>();
    else expectTypeOf(answer.created_at).toEqualTypeOf<string>();
  });
  kenz.on('receive_message', (message) => expectTypeOf(message.file_url).toEqualTypeOf<string | null>());
  // @ts-expect-error a message is said in a chat
  kenz.emit('send_message', { message: 'Tea?' });
  // @ts-expect-error another dialect's event
  kenz.emit('joinRoom', 'tea');
  // @ts-expect-error a text is no number
  kenz.emit('send_message', { chatId: 7, message: 7 });
  // @ts-expect-error nobody hears this in kenz
  kenz.on('newMessage', () => undefined);

  support.emit('joinChat', 'help-7');
  support.emit('joinChat', { chatId: 7 }, (answer) => {
    if (answer.event === 'joinedChat')
      expectTypeOf(answer.data.messages[0]?.sender.role).toEqualTypeOf<string | undefined>();
  });
  support.on('chatStatusChanged', ({ status }) =>
    expectTypeOf(status).toEqualTypeOf<'ACTIVE' | 'CLOSED' | 'PENDING'>(),
  );
  // @ts-expect-error whether they type is to be said
  support.emit('typing', { chatId: 7 });

  direct.emit('typing_start', { conversationId: 7 });
  direct.on('typing_start', ({ userId }) => expectTypeOf(userId).toEqualTypeOf<string | number>());
  // @ts-expect-error heard, never said
  direct.emit('new_notification', {});

  hasty.emit('heartbeat');
  // @ts-expect-error what is joined is to be said
  hasty.emit('joinRoom');

  void messaging.emitWithAck('joinRoom', 'tea').then((answer) => {
    expectTypeOf(answer.event).toEqualTypeOf<'joinedRoom' | 'error'>();
  });
  // @ts-expect-error no such status
  void messaging.emitWithAck('presenceUpdate', { status: 'asleep' });
}

function _received(socket: WebSocket): void {
  const said: Rooms.ClientFrame = { message: 'Hello' };
  socket.send(JSON.stringify(said));
  socket.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(data) as Rooms.ServerFrame;
    if ('error' in frame) expectTypeOf(frame.error).toEqualTypeOf<string>();
    else if (frame.type === 'room_users_list')
      expectTypeOf(frame.users).toEqualTypeOf<{ id: string; username: string }[]>();
    else if (frame.type === 'user_join') expectTypeOf(frame.username).toEqualTypeOf<string>();
    // @ts-expect-error only messages have a text
    else if (frame.type === 'user_leave') expectTypeOf(frame.message).toEqualTypeOf<string>();
  });
}
