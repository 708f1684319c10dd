import { StringDecoder } from 'node:string_decoder';

/** Longer lines than any row makes: what is given is no archive. */
const lineLimitCharacters = 50_000_000;

/** The lines of a stream of text, one by one, without their ends; the last one may lack its own. */
export async function* splitLines(stream: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const pieces = (rest + (typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)))).split('\n');
    rest = pieces.pop() ?? '';
    if (rest.length > lineLimitCharacters) throw new Error('A line is far too long: this is no archive of Parlance.');
    yield* pieces;
  }
  if (rest !== '') yield rest;
}

const chunkCharacters = 65_536;

/** Lines with their ends, many in one piece: writing each on its own costs far more. */
export async function* joinLines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk: string[] = [];
  let characters = 0;
  for await (const line of lines) {
    chunk.push(line);
    characters += line.length;
    if (characters < chunkCharacters) continue;
    yield `${chunk.join('\n')}\n`;
    chunk = [];
    characters = 0;
  }
  if (chunk.length > 0) yield `${chunk.join('\n')}\n`;
}
