import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's MQTT broker, a reference in C: it hands messages on, keeps nothing, and checks no tokens. */
export const mosquitto = 'mosquitto';

/** Writes its settings into `folder`, and answers the command that begins it. 0 means without limit: nothing is dropped. */
export function mosquittoCommand(folder: string, port: number): readonly string[] {
  const file = join(folder, 'mosquitto.conf');
  const settings = {
    listener: `${port} 127.0.0.1`,
    allow_anonymous: true,
    persistence: false,
    max_queued_messages: 0,
    max_queued_bytes: 0,
    max_inflight_messages: 0,
    // As the other servers have it: a small packet does not wait for the next one.
    set_tcp_nodelay: true,
    sys_interval: 0,
    log_dest: 'none',
  };
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  return [mosquitto, '-c', file];
}
