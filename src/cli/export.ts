import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync, rmSync } from 'node:fs';
import { link } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { joinLines } from '../archive/lines.ts';
import { writeArchive } from '../archive/write.ts';
import { loadConfig } from '../config.ts';
import { openArchive } from '../store/open-archive.ts';
import type { CliCommand } from './command.ts';
import { parseOptions } from './options.ts';
import { inWordsOfSpace, wholeOrCleared } from './unfinished.ts';

/** Writes the database as an archive, beside a server that may be running. */
export const exportCommand: CliCommand = {
  name: 'export',
  options: '[--to FILE] [--without-secret]',
  sentence: 'Write everything durable but the uploaded files as lines of JSON, as of one moment, with hashes.',
  async run(args, { env, output, tell }) {
    const { to, 'without-secret': withoutSecret } = parseOptions(args, {
      to: { type: 'string' },
      'without-secret': { type: 'boolean', default: false },
    });
    const { storage } = loadConfig(env());
    await using reader = await openArchive(storage);
    const lines = joinLines(writeArchive(reader, { id: randomUUID(), withoutSecret }));
    if (to === undefined) await pipeline(lines, output, { end: false });
    else await writeFile(to, lines);
    tell(`Exported the log up to position ${reader.head.position}.${withoutSecret ? '' : secretNotice}`);
  },
};

const secretNotice = ' The archive holds the secret that signs sessions: keep it as you keep the database.';

/** A file that bears its name is whole, and is never written over. */
async function writeFile(path: string, text: AsyncIterable<string>): Promise<void> {
  if (existsSync(path)) throw new Error(takenWords(path));
  const unfinished = `${path}.unfinished`;
  const clear = (): void => rmSync(unfinished, { force: true });
  try {
    await wholeOrCleared(clear, async () => {
      await pipeline(text, createWriteStream(unfinished, { mode: 0o600, flush: true })).catch(inWordsOfSpace(path));
      await link(unfinished, path);
    });
    clear();
  } catch (error) {
    if (isCode(error, 'EEXIST')) throw new Error(takenWords(path));
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR'))
      throw new Error(`There is no folder for ${path}. Make it, or give another name.`);
    throw error;
  }
}

const takenWords = (path: string): string => `There is a file ${path} already. Give another name, or remove it.`;
const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
