import { setTimeout as wait } from 'node:timers/promises';
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
/** How long a server that has stopped waits for whoever reads its log, and how often it looks. */
const flushTimeoutMs = 1_000;
const lookEveryMs = 20;

/** A logger of JSON lines that blots out credentials wherever they commonly stand. */
export function makeLogger(level: Level | 'silent', destination: DestinationStream = standardOutput()): Logger {
  const options = { level, redact: { paths: secretPaths, censor: '(secret)' } };
  return pino(options, destination);
}

/**
 * It may be a file on a full disk, or a pipe that nobody reads, now or ever: no reason to serve nobody meanwhile. Disposing of it
 * writes what waits, as far as there is room for it within a moment.
 */
export function standardOutput(): DestinationStream & AsyncDisposable {
  const output = pino.destination({ dest: 1, sync: true, maxLength: waitingLimitBytes, retryEAGAIN: () => false });
  let isHeldUp = false;
  output.on('error', () => {
    isHeldUp = true;
  });
  return {
    write: (line) => void output.write(line),
    async [Symbol.asyncDispose]() {
      const until = performance.now() + flushTimeoutMs;
      for (;;) {
        isHeldUp = false;
        // Which tries again what waits before it.
        output.write('');
        if (!isHeldUp || performance.now() > until) return;
        await wait(lookEveryMs);
      }
    },
  };
}
