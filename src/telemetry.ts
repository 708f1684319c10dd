import { type DestinationStream, type Level, type Logger, pino } from 'pino';

export type { Logger };

/** Where secrets could stand in what is logged: at the top, or in the headers, query and cookies of a request. */
const secretFields = ['authorization', 'cookie', 'token', '["set-cookie"]', '["x-api-key"]'];
const places = [
  '',
  'headers',
  'req.headers',
  'request.headers',
  'res.headers',
  'query',
  'req.query',
  'auth',
  'cookies',
];
const secretPaths = places.flatMap((place) =>
  secretFields.map((field) => (place === '' || field.startsWith('[') ? `${place}${field}` : `${place}.${field}`)),
);

/** A logger of JSON lines to standard output that blots out credentials wherever they commonly stand. */
export function makeLogger(level: Level | 'silent', destination?: DestinationStream): Logger {
  const options = { level, redact: { paths: secretPaths, censor: '(secret)' } };
  return destination === undefined ? pino(options) : pino(options, destination);
}
