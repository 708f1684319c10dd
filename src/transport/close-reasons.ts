import type { Link } from '../gateway/transport.ts';

export type CloseReason = Parameters<Link['close']>[0];

/** Is told of exceptions, which are bugs: a refusal is a value. */
export type Report = (error: unknown) => void;

/** Closed so that the client stays away; after every other reason clients come back by themselves. */
export const staysAway: ReadonlySet<CloseReason> = new Set<CloseReason>([
  'revoked',
  'abuse',
  'tooManyConnections',
  'unauthenticated',
  'roomNotFound',
]);

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
