#!/usr/bin/env node
// Parlance runs its TypeScript as it is, which needs Node 24. Whoever types this command may have an older Node: then
// the one that was installed with the package takes over. Plain JavaScript, so that any Node can read this file.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const neededMajor = 24;
const cli = new URL('../src/cli.ts', import.meta.url);

/** The path of the Node that came with the package, or undefined where there is none for this platform. */
function installedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  try {
    // Resolved, not joined: a workspace or a package manager may have hoisted it to a folder above.
    const manifest = createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/package.json`);
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(cli), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    // A terminal sends Ctrl-C to the child as well; passing it on would make it two.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY) || child.kill(signal));
  }
  child.on('error', (error) => {
    console.error(`parlance: cannot start ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (Number.parseInt(process.versions.node, 10) >= neededMajor) {
  await import(cli.href);
} else {
  const node = installedNode();
  if (node !== undefined) {
    runWith(node);
  } else {
    console.error(
      `parlance needs Node ${neededMajor} or newer; this is ${process.version}, and no newer one was installed for ` +
        `${process.platform}-${process.arch}. Install Node ${neededMajor}, or install again without --omit=optional.`,
    );
    process.exit(1);
  }
}
