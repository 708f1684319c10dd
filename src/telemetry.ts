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

/** Lines that wait until the log can be written again; what comes when so much waits is left out. */
const waitingLimitBytes = 1_000_000;

/** A logger of JSON lines to standard output that blots out credentials wherever they commonly stand. */
export function makeLogger(level: Level | 'silent', destination?: DestinationStream): Logger {
  const options = { level, redact: { paths: secretPaths, censor: '(secret)' } };
  return pino(options, destination ?? standardOutput());
}

/** It may be a file on a full disk, or a pipe that nobody reads, now or ever: no reason to serve nobody meanwhile. */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true, maxLength: waitingLimitBytes, retryEAGAIN: () => false });
  return output.on('error', () => undefined);
}
