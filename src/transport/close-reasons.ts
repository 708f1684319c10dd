import type { Link } from '../gateway/transport.ts';

export type CloseReason = Parameters<Link['close']>[0];

/** Is told of exceptions, which are bugs: a refusal is a value. */
export type Report = (error: unknown) => void;

/** Is a Socket.IO client told to stay away? After every other reason it comes back by itself. */
export const staysAway: { readonly [R in CloseReason]: boolean } = {
  unauthenticated: true,
  roomNotFound: true,
  tokenExpired: false,
  revoked: true,
  abuse: true,
  tooLarge: false,
  slowConsumer: false,
  tooManyConnections: true,
  shutdown: false,
  broken: false,
};

/** What a refused client reads in `connect_error`. */
export const refusalWords: { readonly [R in CloseReason]: string } = {
  unauthenticated: 'Authentication error',
  revoked: 'Authentication error',
  tokenExpired: 'Authentication error',
  roomNotFound: 'Not found',
  abuse: 'Too many refused requests',
  tooLarge: 'Too large',
  slowConsumer: 'Too slow',
  tooManyConnections: 'Too many connections',
  shutdown: 'Server is shutting down',
  broken: 'Server error',
};

/** How long the bytes on their way and the closing handshake may take. */
const lingerMs = 5_000;
/** The same for a client that does not read: its bytes would not leave anyway. */
const slowLingerMs = 500;

/** How long a connection that is closed may linger before it is cut off, in ms. */
export function lingerAfter(reason: CloseReason): number {
  return reason === 'slowConsumer' ? slowLingerMs : lingerMs;
}
