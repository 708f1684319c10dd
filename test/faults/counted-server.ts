import type { Store } from '../../src/app/ports.ts';
import { loadConfig, processEnvironment } from '../../src/config.ts';
import { startServer } from '../../src/server.ts';
import { makeLogger } from '../../src/telemetry.ts';

/** The server, with every call of its store counted; run as a process of its own. Tells the counts whenever it is told SIGUSR2. */

let counts: Record<string, number> = {};

function counted(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        counts[String(name)] = (counts[String(name)] ?? 0) + 1;
        return value.apply(target, args);
      };
    },
  });
}

const config = loadConfig(processEnvironment());
const server = await startServer(config, makeLogger('error'), { store: counted });
counts = {};
process.stdout.write(`Counted server listens on ${server.address}.\n`);
process.on('SIGUSR2', () => process.stdout.write(`counts ${JSON.stringify(counts)}\n`));
process.once('SIGTERM', async () => {
  await server[Symbol.asyncDispose]();
  process.exit(0);
});
