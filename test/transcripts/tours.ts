import type { DialectName } from '../../src/dialects/dialect.ts';
import type { Line } from '../harness/lines.ts';
import { direct } from './tours/direct.ts';
import { kenz } from './tours/kenz.ts';
import { messaging } from './tours/messaging.ts';
import { rooms } from './tours/rooms.ts';
import { support } from './tours/support.ts';

/**
 * One walk through each dialect in which everything that its document shows is said or heard at least once. The examples
 * of the documents are what these plays exchange with a real server.
 */
export const tours: { readonly [N in DialectName]: () => readonly Line[] } = {
  kenz,
  support,
  direct,
  messaging,
  rooms,
};
