import type { Door } from '../gateway/transport.ts';
import type { Report } from './close-reasons.ts';

type Listening<Connection> = Pick<Door<never, Connection>, 'listener'>;

/** Tells a door of an event packet of Socket.IO, whose first datum is its name. Throws what the door throws. */
export function tellEvent<Connection>(
  { listener }: Listening<Connection>,
  connection: Connection,
  data: readonly unknown[] | undefined,
  id: number | undefined,
): void {
  const name = data?.[0];
  if (typeof name !== 'string' && typeof name !== 'number') listener.onMalformed(connection);
  else listener.onPacket(connection, String(name), data?.[1], Number.isSafeInteger(id) ? id : undefined);
}

/** Tells a door that a connection is over. What it throws is reported: there is nobody left whom it concerns. */
export function tellClosed<Connection>(
  { listener }: Listening<Connection>,
  connection: Connection,
  report: Report,
): void {
  try {
    listener.onClose(connection);
  } catch (error) {
    report(error);
  }
}
