/** Runs in the server before it does: the wall clock goes by what the nemesis says. */

const trueNow = Date.now;
let offsetMs = 0;
Date.now = () => trueNow() + offsetMs;

process.on('message', (message: { readonly clockOffsetMs?: number }) => {
  if (typeof message.clockOffsetMs === 'number') offsetMs = message.clockOffsetMs;
});
// The server decides when it has ended.
process.channel?.unref();
