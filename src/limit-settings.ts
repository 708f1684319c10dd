import { whole } from './setting.ts';

/** How much clients may send, hold and leave unread. */
export const limitSettings = {
  contentBytes: whole('CONTENT_LIMIT_BYTES', 16_384, 'The largest text of a message, in UTF-8.'),
  payloadBytes: whole('PAYLOAD_LIMIT_BYTES', 65_536, 'The largest payload beside the text, after decoding.'),
  transportBytes: whole(
    'TRANSPORT_LIMIT_BYTES',
    1_000_000,
    'A transport message above this size closes the connection; below, it is refused at the most.',
  ),
  fileBytes: whole('FILE_LIMIT_BYTES', 25_000_000, 'The largest file that can be uploaded.'),
  fileBytesPerDay: whole('FILE_BYTES_PER_DAY', 1_000_000_000, 'Bytes of files that one user may upload in a day.'),
  messagesPerSecond: whole('MESSAGES_PER_SECOND', 10, 'Messages a second that a user may send, over all connections.'),
  messageBurst: whole('MESSAGE_BURST', 50, 'Messages that a rested user may send at once.'),
  eventsPerSecond: whole('EVENTS_PER_SECOND', 50, 'Events of any kind a second that a connection may send.'),
  eventBurst: whole('EVENT_BURST', 200, 'Events that a rested connection may send at once.'),
  conversationsPerUser: whole('CONVERSATIONS_PER_USER', 1000, 'Conversations that one user may bring into being.'),
  connectionsPerUser: whole('CONNECTIONS_PER_USER', 100, 'Live connections of one user.'),
  // Offices, schools and mobile networks share one address, and so do all clients of a proxy that is not trusted; yet
  // 10,000 idle connections cost some 300 MB, which is as much as one machine out there may take.
  connectionsPerAddress: whole('CONNECTIONS_PER_ADDRESS', 10_000, 'Live connections from one network address.'),
  // For the same reason many: files and pages are asked for without a token.
  strangersPerSecond: whole(
    'STRANGERS_PER_SECOND',
    1_000,
    'HTTP requests a second from one network address that show no good token: pages, files, failed tries. Twice as many at once.',
  ),
  sendBufferSoftBytes: whole(
    'SEND_BUFFER_SOFT_BYTES',
    256 * 1024,
    'Unsent bytes of a slow connection from which on it hears no typing and presence.',
  ),
  sendBufferHardBytes: whole(
    'SEND_BUFFER_HARD_BYTES',
    4 * 1024 * 1024,
    'Unsent bytes from which on a slow connection is closed, to come back and catch up.',
  ),
} as const;

/** How long things may take. */
export const timingSettings = {
  typingExpiresMs: whole('TYPING_EXPIRES_MS', 6000, 'When typing stops by itself.', { from: 100, to: 600_000 }),
  presenceGraceMs: whole(
    'PRESENCE_GRACE_MS',
    3000,
    'How long a user may be without a connection before others see them leave; under five seconds.',
    { from: 0, to: 4999 },
  ),
  heartbeatAwayMs: whole(
    'HEARTBEAT_AWAY_MS',
    60_000,
    'How long a connection that sends heartbeats may be silent before its user counts as away.',
    { from: 1000, to: 86_400_000 },
  ),
  handshakeMs: whole(
    'HANDSHAKE_MS',
    10_000,
    'How long a newcomer may take: to encrypt, to send the head of a request, to be let into a namespace of Socket.IO.',
    { from: 500, to: 120_000 },
  ),
  bodyMs: whole(
    'BODY_MS',
    20_000,
    'How long the body of a request may take. An upload may take five minutes, and stand still for this long.',
    { from: 500, to: 300_000 },
  ),
  drainMs: whole('DRAIN_MS', 10_000, 'How long a stopping server takes at the most to let its connections go.', {
    from: 0,
    to: 600_000,
  }),
} as const;
