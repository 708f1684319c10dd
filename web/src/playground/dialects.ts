import { io, type Socket, WebSocket as WebSocketTransport } from 'socket.io-client';
import { fieldsOf, idOf, listOf, numberOf, textOf } from '../client/reading.ts';
import { type Line, TappedSocket } from './line.ts';

export type DialectName = 'kenz' | 'support' | 'rooms' | 'messaging' | 'direct';

/** A message as a pane shows it, read from its own dialect's frame. */
export type Said = { readonly id: string; readonly senderId: string; readonly text: string };

/** What a running client tells its pane. */
export type Stage = {
  readonly line: Line;
  readonly token: string;
  readonly conversationId: string;
  readonly heard: (said: Said) => void;
  readonly refused: (words: string) => void;
  readonly status: (status: 'connecting' | 'online' | 'offline') => void;
};

export type RunningClient = { say(text: string): void; stop(): void };

export type PaneDialect = {
  readonly name: DialectName;
  readonly who: string;
  readonly where: string;
  readonly sentence: string;
  readonly run: (stage: Stage) => RunningClient;
  readonly code: (address: string, conversationId: string) => string;
};

/** As a client of that dialect's document connects, over a line that is looked at. */
function connect({ line, status, refused }: Stage, namespace: string, credentials: object): Socket {
  class TappedTransport extends WebSocketTransport {
    override createSocket(uri: string): TappedSocket {
      return new TappedSocket(uri, line);
    }
  }
  const socket = io(location.origin + namespace, {
    forceNew: true,
    transports: [TappedTransport],
    reconnectionDelay: 400,
    reconnectionDelayMax: 1200,
    ...credentials,
  });
  status('connecting');
  socket.on('connect', () => {
    status('online');
    if (socket.recovered) line.note('resumed: what was missed follows, once and in order');
  });
  socket.on('disconnect', () => status(socket.active ? 'connecting' : 'offline'));
  socket.on('connect_error', (error) => {
    if (socket.active) return;
    status('offline');
    refused(error.message);
  });
  return socket;
}

/** The number that an id is, as numeric dialects send it. */
const numeric = (id: string): number | string =>
  /^\d{1,16}$/.test(id) && Number.isSafeInteger(Number(id)) ? Number(id) : id;
const quoted = (id: string): string => JSON.stringify(numeric(id));

const kenz: PaneDialect = {
  name: 'kenz',
  who: 'Kim',
  where: 'Socket.IO · /',
  sentence: 'Mobile chats. Nothing to join: members hear everything.',
  run(stage) {
    const socket = connect(stage, '', { auth: { token: stage.token } });
    socket.on('receive_message', (payload) => {
      const { id, chat_id: chatId, sender_id: senderId, message } = fieldsOf(payload);
      if (idOf(chatId) === stage.conversationId)
        stage.heard({ id: idOf(id), senderId: idOf(senderId), text: textOf(message) });
    });
    socket.on('error', (words) => stage.refused(textOf(words)));
    return {
      say: (text) =>
        socket.emit('send_message', {
          chatId: numeric(stage.conversationId),
          message: text,
          type: 'text',
          file_url: null,
        }),
      stop: () => socket.disconnect(),
    };
  },
  code: (address, id) => `import { io } from 'socket.io-client';

const socket = io('${address}', { auth: { token } });

socket.on('receive_message', (message) => {
  console.log(message.sender_id, message.message);
});

socket.emit('send_message', {
  chatId: ${quoted(id)},
  message: 'Hello',
  type: 'text',
  file_url: null,
});`,
};

const support: PaneDialect = {
  name: 'support',
  who: 'Sam',
  where: 'Socket.IO · /',
  sentence: 'A client and an admin. Joining answers with the history.',
  run(stage) {
    const socket = connect(stage, '', { auth: { token: stage.token } });
    const hear = (payload: unknown) => {
      const { id, chatId, senderId, text } = fieldsOf(payload);
      if (idOf(chatId) === stage.conversationId)
        stage.heard({ id: idOf(id), senderId: idOf(senderId), text: textOf(text) });
    };
    socket.on('connect', () => socket.emit('joinChat', stage.conversationId));
    socket.on('joinedChat', (payload) => {
      for (const message of listOf(fieldsOf(fieldsOf(payload).data ?? payload).messages, (item) => item)) hear(message);
    });
    socket.on('newMessage', hear);
    socket.on('error', (words) => stage.refused(textOf(words)));
    return {
      say: (text) => socket.emit('sendMessage', { chatId: stage.conversationId, message: { text } }),
      stop: () => socket.disconnect(),
    };
  },
  code: (address, id) => `import { io } from 'socket.io-client';

const socket = io('${address}', { auth: { token } });

socket.on('connect', () => socket.emit('joinChat', '${id}'));
socket.on('newMessage', (message) => {
  console.log(message.senderId, message.text);
});

socket.emit('sendMessage', {
  chatId: '${id}',
  message: { text: 'Hello' },
});`,
};

const rooms: PaneDialect = {
  name: 'rooms',
  who: 'Roo',
  where: 'WebSocket · /ws/chat/…/',
  sentence: 'Open rooms, no library. Connecting is joining.',
  run(stage) {
    let isStopped = false;
    let after = 0;
    let socket: TappedSocket | undefined;
    /** Said without a connection: what the others' library keeps by itself. */
    const unsaid: string[] = [];
    const dial = () => {
      if (isStopped) return;
      stage.status('connecting');
      const address = location.origin.replace(/^http/, 'ws');
      const place = after > 0 ? `after=${after}&` : '';
      const room = encodeURIComponent(stage.conversationId);
      const current = new TappedSocket(`${address}/ws/chat/${room}/?${place}token=${stage.token}`, stage.line);
      socket = current;
      current.onopen = () => {
        stage.status('online');
        if (after > 0) stage.line.note(`asked for everything after ${after}`);
        for (const frame of unsaid.splice(0)) current.send(frame);
      };
      current.onmessage = ({ data }) => {
        const frame = fieldsOf(JSON.parse(data));
        if (frame.error !== undefined) stage.refused(textOf(frame.error));
        if (frame.type !== 'chat_message') return;
        after = numberOf(frame.message_id) || Number(idOf(frame.message_id));
        stage.heard({ id: String(after), senderId: idOf(frame.sender_id), text: textOf(frame.message) });
      };
      current.onclose = ({ code, reason }) => {
        // 4000 and 4001: this room, or this token, will not get better by trying.
        const isFinal = code === 4000 || code === 4001;
        stage.status(isFinal || isStopped ? 'offline' : 'connecting');
        if (isFinal) stage.refused(reason || `closed with ${code}`);
        else setTimeout(dial, 700);
      };
    };
    dial();
    return {
      say: (text) => {
        const frame = JSON.stringify({ message: text });
        if (socket?.readyState === WebSocket.OPEN) socket.send(frame);
        else unsaid.push(frame);
      },
      stop: () => {
        isStopped = true;
        socket?.close();
      },
    };
  },
  code: (address, id) => `let after = 0;

function connect() {
  const url = new URL('${address.replace(/^http/, 'ws')}/ws/chat/${id}/');
  url.searchParams.set('token', token);
  if (after) url.searchParams.set('after', after);
  const socket = new WebSocket(url);

  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type !== 'chat_message') return;
    after = frame.message_id;
    console.log(frame.sender_username, frame.message);
  };
  socket.onopen = () => {
    socket.send(JSON.stringify({ message: 'Hello' }));
  };
  socket.onclose = () => setTimeout(connect, 700);
}
connect();`,
};

const messaging: PaneDialect = {
  name: 'messaging',
  who: 'Mel',
  where: 'Socket.IO · /chat',
  sentence: 'Rooms with presence, receipts and catching up.',
  run(stage) {
    const socket = connect(stage, '/chat', { query: { token: stage.token } });
    socket.on('connect', () => socket.emit('joinRoom', stage.conversationId));
    socket.on('newMessage', (payload) => {
      const { id, roomId, sender, content } = fieldsOf(payload);
      if (idOf(roomId) === stage.conversationId)
        stage.heard({ id: idOf(id), senderId: idOf(sender), text: textOf(content) });
    });
    socket.on('error', (payload) => stage.refused(textOf(fieldsOf(payload).message)));
    return {
      say: (text) => socket.emit('sendMessage', { roomId: stage.conversationId, content: text }),
      stop: () => socket.disconnect(),
    };
  },
  code: (address, id) => `import { io } from 'socket.io-client';

const socket = io('${address}/chat', { query: { token } });

socket.on('connect', () => socket.emit('joinRoom', '${id}'));
socket.on('newMessage', (message) => {
  console.log(message.sender, message.content);
});

socket.emit('sendMessage', {
  roomId: '${id}',
  content: 'Hello',
});`,
};

const direct: PaneDialect = {
  name: 'direct',
  who: 'Dee',
  where: 'Socket.IO · /',
  sentence: 'One to one, with notifications wherever you are.',
  run(stage) {
    const socket = connect(stage, '', { path: '/socket.io', auth: { token: `Bearer ${stage.token}` } });
    socket.on('connect', () => socket.emit('join_conversation', numeric(stage.conversationId)));
    socket.on('new_message', (payload) => {
      const { id, conversation_id: conversationId, sender_id: senderId, content } = fieldsOf(payload);
      if (idOf(conversationId) === stage.conversationId)
        stage.heard({ id: idOf(id), senderId: idOf(senderId), text: textOf(content) });
    });
    socket.on('error', (payload) => stage.refused(textOf(fieldsOf(payload).message)));
    return {
      say: (text) => socket.emit('send_message', { conversationId: numeric(stage.conversationId), content: text }),
      stop: () => socket.disconnect(),
    };
  },
  code: (address, id) => `import { io } from 'socket.io-client';

const socket = io('${address}', {
  path: '/socket.io',
  auth: { token: \`Bearer \${token}\` },
});

socket.on('connect', () => {
  socket.emit('join_conversation', ${quoted(id)});
});
socket.on('new_message', (message) => {
  console.log(message.sender_id, message.content);
});

socket.emit('send_message', {
  conversationId: ${quoted(id)},
  content: 'Hello',
});`,
};

export const paneDialects: readonly PaneDialect[] = [kenz, support, rooms, messaging, direct];
