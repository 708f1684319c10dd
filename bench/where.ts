import { readFileSync } from 'node:fs';

/**
 * `npm run bench:where -- FILE.cpuprofile [µs] [from to]`: the main thread's time in a profile that `--profile` wrote, by room of the
 * house, library and part of the runtime; with the microseconds that a send or a delivery costs it, also in those; with two times
 * in seconds since the server began only what lies between them, because starting and letting everybody in is in the profile, too.
 */

type Profile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

const socketWrites = /^(write(v|Buffer|Utf8String|Latin1String|AsciiString)|writev)$/;

/** Whose time a function's own time is. */
export function ownerOf(functionName: string, url: string): string | undefined {
  if (functionName === '(idle)' || functionName === '(root)') return undefined;
  if (url === '') {
    if (functionName === '(garbage collector)') return 'garbage collection';
    if (functionName === '(program)') return 'the runtime outside JavaScript, reading from sockets included';
    if (socketWrites.test(functionName)) return 'writing to sockets, the system included';
    if (functionName === 'postMessage') return 'handing batches to the thread that writes the database';
    return 'built-in functions';
  }
  const library = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (library !== undefined) return library;
  if (url.startsWith('node:')) return "Node's own streams, events and timers";
  const room = /\/(src\/[^/]+)(?:\/|$)/.exec(url)?.[1];
  return room ?? 'anything else';
}

/** Shares of the busy time between two times, in µs since the profile began; largest first. */
export function shares(
  { nodes, samples, timeDeltas }: Profile,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): readonly (readonly [owner: string, share: number])[] {
  const ownerById = new Map(
    nodes.map(({ id, callFrame }) => [id, ownerOf(callFrame.functionName, callFrame.url)] as const),
  );
  const times = new Map<string, number>();
  let busy = 0;
  let at = 0;
  for (const [index, id] of samples.entries()) {
    const time = timeDeltas[index] ?? 0;
    at += time;
    const owner = ownerById.get(id);
    if (owner === undefined || at <= from || at > to) continue;
    busy += time;
    times.set(owner, (times.get(owner) ?? 0) + time);
  }
  return [...times].map(([owner, time]) => [owner, time / busy] as const).sort((a, b) => b[1] - a[1]);
}

if (import.meta.main) {
  const [file, microseconds, from = 0, to = Number.POSITIVE_INFINITY] = process.argv.slice(2);
  if (file === undefined) {
    console.error(
      'Usage: npm run bench:where -- FILE.cpuprofile [µs of the main thread for one send or delivery] [from to]',
    );
    process.exitCode = 2;
  } else {
    const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
    for (const [owner, share] of shares(profile, Number(from) * 1e6, Number(to) * 1e6)) {
      if (share < 0.005) continue;
      const each = microseconds === undefined ? '' : `${(share * Number(microseconds)).toFixed(1).padStart(6)} µs`;
      console.log(`${(share * 100).toFixed(1).padStart(5)} %${each}  ${owner}`);
    }
  }
}
