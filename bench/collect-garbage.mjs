// Loaded into every server under measurement: collects garbage when it is asked to, and ends so that profiles are written.
process.on('SIGUSR2', () => {
  for (let round = 0; round < 4; round++) globalThis.gc();
});
if (!process.argv.includes('serve')) process.on('SIGTERM', () => process.exit(0));
