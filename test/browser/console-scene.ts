import { io } from 'socket.io-client';
import WebSocket from 'ws';
import type { OpenHouse } from '../harness/house.ts';

/** A server at work: clients of several APIs that talk, in waves, until this is disposed of. */
export async function talk(house: OpenHouse): Promise<Disposable> {
  const ends: (() => void)[] = [];
  const signIn = async (id: string) => {
    const { json } = await house.call('POST', '/sign-in', 'nobody', { id, name: id });
    return (json as { token: string }).token;
  };
  const names = ['Emil', 'Fay', 'Gus', 'Hana', 'Ivo', 'Jun', 'Kit', 'Lea', 'Mo', 'Nia', 'Olu', 'Pia'];
  const words = ['Yes', 'Tea at four?', 'I bring the biscuits, and two boxes of tea', 'On my way', 'Room is ready now'];
  for (const [index, name] of names.entries()) {
    const token = await signIn(name);
    const say = index % 3 === 2 ? inRooms(token) : bySocketIo(token, index % 3 === 0 ? '/chat' : '/');
    let turn = index;
    const timer = setInterval(() => {
      turn++;
      // Busy and quiet by turns.
      if (Math.sin(turn / 25) > (index % 4) / 4 - 0.6) say(turn);
    }, 150);
    ends.push(() => clearInterval(timer));
  }
  return {
    [Symbol.dispose]() {
      for (const end of ends) end();
    },
  };

  function bySocketIo(token: string, mount: '/' | '/chat') {
    const socket = io(house.address + mount, { auth: { token }, transports: ['websocket'], forceNew: true });
    ends.push(() => socket.close());
    return (turn: number) => {
      if (mount === '/chat') {
        // Now and then without what it needs.
        socket.emit(
          'sendMessage',
          turn % 40 === 0 ? { content: 'nowhere' } : { roomId: '77', content: words[turn % 5] },
        );
      } else socket.emit('send_message', { chatId: 77, message: words[turn % 5], type: 'text', file_url: null });
    };
  }

  function inRooms(token: string) {
    const socket = new WebSocket(`${house.address.replace('http', 'ws')}/ws/chat/77/?token=${token}`);
    ends.push(() => socket.close());
    return (turn: number) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ message: words[turn % 5] }));
    };
  }
}
