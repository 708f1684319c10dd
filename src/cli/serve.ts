import { setTimeout as wait } from 'node:timers/promises';
import { type Config, loadConfig } from '../config.ts';
import { makeLogger, standardOutput } from '../telemetry.ts';
import type { CliCommand } from './command.ts';
import { judgeSecrets } from './doctor/settings.ts';
import { parseOptions } from './options.ts';

/** Runs the server until it is told to stop. */
export const serve: CliCommand = {
  name: 'serve',
  options: '',
  sentence: 'Start the server; SIGTERM or Ctrl-C lets its connections go and stops it, a second one stops it at once.',
  async run(args, { env, tell }) {
    parseOptions(args, {});
    const config = loadConfig(env());
    await using output = standardOutput();
    const logger = makeLogger(config.log.level, output);
    // Loaded here, so that the other commands do not wait for the whole house.
    const { startServer } = await import('../server.ts');
    let server = await startServer(config, logger).catch((error: unknown) => {
      throw inPlainWords(error, config);
    });
    // Before anybody knows that it runs, so that no wish to stop it is missed.
    const stopped = stopSignal();
    tell([`Parlance listens on ${server.address}.`, ...noticesOf(config)].join(' '));
    // Where any port would do, it stays the one that clients know.
    const port = Number(new URL(server.address).port) || config.listen.port;
    for (;;) {
      const signal = await Promise.race([stopped, server.outdated]);
      if (signal !== undefined) {
        logger.info({ signal }, 'draining');
        break;
      }
      logger.error('the database has lost commits that this node had seen: starting anew with what there is');
      await server[Symbol.asyncDispose]();
      server = await startServer({ ...config, listen: { ...config.listen, port } }, logger);
    }
    // Whatever does not let go must not keep a supervisor, or the node's clients, waiting.
    const isStopped = await Promise.race([
      server[Symbol.asyncDispose]().then(
        () => true,
        (error: unknown) => {
          const reasons = [...new Set(reasonsOf(error))].join('; ');
          throw new Error(
            `Stopped, and not all could be closed in order: ${reasons}. Nothing that was answered is lost: the next start ` +
              'goes on with it. Look at the disk.',
            { cause: error },
          );
        },
      ),
      wait(config.timing.drainMs + stopLimitMs, false, { ref: false }),
    ]);
    if (!isStopped) {
      logger.fatal({ waitsFor: process.getActiveResourcesInfo() }, 'stopping takes too long: ended all the same');
      await output[Symbol.asyncDispose]();
      process.exit(1);
    }
    logger.info('stopped');
  },
};

/** What somebody who starts a server should know of its settings at once; the doctor says more. */
export function noticesOf(config: Config): readonly string[] {
  // The address that is told is one of them.
  const isEverywhere = ['0.0.0.0', '::'].includes(config.listen.host);
  const weak = judgeSecrets(config).filter(({ level }) => level !== 'well');
  return [
    ...(isEverywhere ? ['All addresses of this machine lead there.'] : []),
    ...(config.developmentSignIn ? [developmentNotice] : []),
    ...weak.map(({ words, todo }) => `${words}. ${todo}`),
  ];
}

/** Of several that came one upon the other, the first one first. */
function reasonsOf(error: unknown): readonly string[] {
  if (error instanceof SuppressedError) return [...reasonsOf(error.suppressed), ...reasonsOf(error.error)];
  return [error instanceof Error ? error.message : String(error)];
}

const developmentNotice =
  'Development sign-in is on: whoever reaches this address may sign in as anyone.' +
  ' Set JWT_SECRET, JWT_PUBLIC_KEY or JWKS_URL to turn it off.';

/** How long stopping may take beyond the time that connections are given; a database that is away is waited for in between. */
export const stopLimitMs = 30_000;

/** A terminal and npm may both pass on one Ctrl-C: what follows this soon is the same wish. */
const sameWishMs = 500;

/** Resolves with the first signal to stop; a second one ends the process. */
async function stopSignal(): Promise<NodeJS.Signals> {
  const first = Promise.withResolvers<NodeJS.Signals>();
  const endAtOnce = (_: NodeJS.Signals, number: number) => process.exit(128 + number);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, first.resolve);
  const signal = await first.promise;
  wait(sameWishMs, undefined, { ref: false }).then(() => {
    process.on('SIGTERM', endAtOnce).on('SIGINT', endAtOnce);
  });
  return signal;
}

/** What the operating system said about listening, as a sentence for whoever starts the server. */
function inPlainWords(error: unknown, { listen: { host, port } }: Config): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  const where = `port ${port} on ${host}`;
  const words = new Map([
    [
      'EADDRINUSE',
      `Cannot listen: ${where} is taken. Stop what uses it, or set PORT to another one (0 takes any free one).`,
    ],
    ['EACCES', `Cannot listen: ${where} needs rights that this user has not. Set PORT to 1024 or above.`],
    [
      'EADDRNOTAVAIL',
      `Cannot listen: HOST ${host} is no address of this machine. Set it to one, or to 0.0.0.0 for all.`,
    ],
    ['ENOTFOUND', `Cannot listen: HOST ${host} is no known name or address. Set it to one, or to 0.0.0.0 for all.`],
  ]);
  const isAboutListening = error.syscall === 'listen' || error.syscall === 'getaddrinfo';
  const plain = isAboutListening ? words.get(String(error.code)) : undefined;
  return plain === undefined ? error : new Error(plain, { cause: error });
}
