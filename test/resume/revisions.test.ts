import { expect, test } from 'vitest';
import { ann, bob, openScene, whileAway } from './scene.ts';

/** From memory, and from the log: a ring of ten entries reaches back too little. */
const memories = [{ ring: '20000' }, { ring: '10' }];

test.for(memories)(
  'a client hears what became of messages while it was away, in order, and no words that were taken back (ring of $ring)',
  async ({ ring }) => {
    await using scene = await openScene({ RESUME_RING_ENTRIES: ring });
    await scene.found('den', ['1', '2']);
    await scene.found('elsewhere', ['1']);
    const [listener, mobile] = [await scene.listen('/chat', bob), await scene.listen('/', bob, kenzAs(bob))];
    await listener.ask('joinRoom', 'den');
    const old = await scene.say('den', '1', 'Tea?');
    await listener.hears('newMessage', 1);
    await mobile.hears('receive_message', 1);
    const call = async (method: string, path: string, body?: unknown): Promise<void> => {
      const token = scene.house.token(ann);
      const target = `/api/v1/conversations/den/messages/${path}`;
      const { status, json } = await scene.house.call(method, target, { token }, body);
      if (status !== 200) throw new Error(`${status} ${JSON.stringify(json)}`);
    };
    let [fresh, gone] = ['', ''];
    await whileAway(scene, [listener, mobile], async () => {
      await call('PATCH', old, { text: 'secret' });
      fresh = await scene.say('den', '1', 'secret');
      gone = await scene.say('den', '1', 'secret');
      await call('PATCH', gone, { text: 'secret, too' });
      await call('PATCH', old, { text: 'Coffee?' });
      await call('PATCH', fresh, { text: 'With milk' });
      await call('PUT', `${old}/reactions/${encodeURIComponent('👍')}`);
      await call('DELETE', gone);
      await scene.sayMany('elsewhere', '1', 1, 20);
      await scene.say('den', '1', 'last');
    });
    await listener.hears('newMessage', 3);
    await mobile.hears('receive_message', 3);
    const [, ...missed] = listener.calls.filter(
      ({ event }) => event.startsWith('newMessage') || /^message/.test(event),
    );
    expect(missed.map(({ event, args }) => [event, (args[0] as { content?: string }).content])).toEqual([
      ['newMessage', 'With milk'],
      ['messageEdited', 'Coffee?'],
      ['messageEdited', 'With milk'],
      ['messageReaction', undefined],
      ['messageDeleted', undefined],
      ['newMessage', 'last'],
    ]);
    expect(mobile.fields('receive_message', 'message')).toEqual(['Tea?', 'With milk', 'last']);
    expect(mobile.fields('receive_edit', 'message')).toEqual(['Coffee?', 'With milk']);
    expect(mobile.fields('receive_deletion', 'id').map(String)).toEqual([gone]);
    expect(JSON.stringify([listener.calls, mobile.calls])).not.toContain('secret');
    expect(listener.socket.recovered).toBe(true);
  },
);

function kenzAs(who: { sub: string }): Record<string, unknown> {
  return { query: { dialect: 'kenz', who: who.sub } };
}
