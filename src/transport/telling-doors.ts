import type { Door } from '../gateway/transport.ts';
import type { Report } from './close-reasons.ts';

type Listening<Session> = Pick<Door<never, Session>, 'listener'>;

/** Tells a door of an event packet of Socket.IO, whose first datum is its name. Throws what the door throws. */
export function tellEvent<Session>(
  { listener }: Listening<Session>,
  session: Session,
  data: readonly unknown[] | undefined,
  id: number | undefined,
): void {
  const name = data?.[0];
  if (typeof name !== 'string' && typeof name !== 'number') listener.onMalformed(session);
  else listener.onPacket(session, String(name), data?.[1], Number.isSafeInteger(id) ? id : undefined);
}

/** Tells a door that a session is over. What it throws is reported: there is nobody left whom it concerns. */
export function tellClosed<Session>({ listener }: Listening<Session>, session: Session, report: Report): void {
  try {
    listener.onClose(session);
  } catch (error) {
    report(error);
  }
}
