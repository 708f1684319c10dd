import fc from 'fast-check';
import { ArchiveDamaged, readClosing, readHeader, readRow, writeRow } from '../../src/archive/format.ts';
import { splitLines } from '../../src/archive/lines.ts';
import { describeSettings, loadConfig } from '../../src/config.ts';
import { snippetOf, termsOf, wordsOf } from '../../src/core/words.ts';
import { readRange } from '../../src/http/byte-range.ts';
import { contentDisposition, harmlessName } from '../../src/http/file-name.ts';
import { isShownInline, typeOf } from '../../src/http/file-type.ts';
import { readPageCursor, writePageCursor } from '../../src/http/page-cursor.ts';
import { ConfigError } from '../../src/setting.ts';
import { pathOf, percentDecoded, queryOf } from '../../src/transport/handshake.ts';
import { nearJson, nearText } from './mutations.ts';
import { law, type Target } from './target.ts';

/** Texts that are read where no schema looks first. */

const archiveLines = [
  '{"archive":"parlance","version":1,"id":"a","position":3,"history":{"epoch":"e","secret":"s"},"tables":[{"name":"t","columns":["a","b"]}]}',
  '[0,["x",1,null]]',
  '{"conversation":"c","rows":3,"sha256":"00"}',
  '{"end":{"rows":3,"parts":1}}',
];

/** Lines of an archive: read as they were written, or called damaged. */
export const archives: Target = {
  name: 'archive-lines',
  inputs: fc.oneof(nearText(archiveLines), nearJson(archiveLines.map((line) => JSON.parse(line)))),
  async check(input) {
    const text = input as string;
    for (const read of [readHeader, (line: string) => readRow(line, 7), (line: string) => readClosing(line, 7)]) {
      try {
        const found = read(text);
        if (!('row' in found)) continue;
        const again = readRow(writeRow(found.table, found.row), 7);
        law(JSON.stringify(again) === JSON.stringify(found), () => `${text} is read otherwise once written`);
      } catch (error) {
        if (!(error instanceof ArchiveDamaged)) throw error;
      }
    }
    const bytes = Buffer.from(text);
    const lines: string[] = [];
    const pieces = [bytes.subarray(0, 3), bytes.subarray(3, 4), bytes.subarray(4)];
    for await (const line of splitLines(
      (async function* () {
        yield* pieces;
      })(),
    ))
      lines.push(line);
    law(lines.join('\n') === bytes.toString().replace(/\n$/, ''), () => 'lines are lost where pieces meet');
  },
};

export const ranges: Target = {
  name: 'byte-ranges',
  inputs: fc.tuple(
    nearText([
      'bytes=0-',
      'bytes=0-0',
      'bytes=-5',
      'bytes=5-2',
      'bytes=99-',
      'bytes=0-1,3-4',
      ' BYTES = 1 - 2 ',
      'bytes=-0',
    ]),
    fc.constantFrom(0, 1, 10, 1_000_000),
  ),
  check(input) {
    const [header, sizeBytes] = input as [string, number];
    const range = readRange(header, sizeBytes);
    if (typeof range === 'string') return;
    law(0 <= range.start && range.start <= range.end && range.end < sizeBytes, () => JSON.stringify(range));
  },
};

export const cursors: Target = {
  name: 'page-cursors',
  inputs: fc.oneof(
    nearText([writePageCursor({ updatedAt: 5, id: 'ä' }), 'W10', 'bnVsbA']),
    nearJson([[5, 'c']]).map((text) => Buffer.from(text).toString('base64url')),
  ),
  check(input) {
    const cursor = readPageCursor(input as string);
    if (cursor === undefined) return;
    const again = readPageCursor(writePageCursor(cursor));
    law(again?.updatedAt === cursor.updatedAt && again.id === cursor.id, () => 'is read otherwise once written');
  },
};

/** What an upload calls itself: `[name, type, first bytes]`. */
export const uploads: Target = {
  name: 'upload-names',
  inputs: fc.tuple(
    nearText([
      'cups.png',
      '../../etc/passwd',
      'C:\\x\\y.exe',
      '..',
      '.',
      '',
      'a\u202egpj.exe',
      'a"; filename=b',
      "a'b%00.html",
    ]),
    nearText([
      'image/png',
      'text/html',
      'image/svg+xml',
      'text/plain; charset=x',
      'application/xhtml+xml',
      'audio/mpeg',
      'video/mp4',
    ]),
    nearText(['\u0089PNG', 'GIF89a', '<html>', '<svg onload=1>', '%PDF-1', 'RIFFxxxxWEBP', '    ftypavif']),
  ),
  check(input) {
    const [name, claimed, head] = input as [string, string, string];
    const harmless = harmlessName(name);
    law(!/^\.*$|[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(harmless), () => `name ${JSON.stringify(harmless)}`);
    law(harmless.length <= 400 && harmlessName(harmless) === harmless, () => `name ${JSON.stringify(harmless)}`);
    law(/^[\x20-\x7e]+$/.test(contentDisposition('inline', harmless)), () => 'a header that is none');
    const type = typeOf(Buffer.from(head, 'latin1'), claimed);
    law(
      /^[a-z]+\/[\w.+-]+$/.test(type) && !/html|svg|xml$|script/.test(type.replace(/openxml\S*/, '')),
      () => `type ${type}`,
    );
    law(!isShownInline(type) || /^(image|audio|video)\//.test(type), () => `${type} is shown in place`);
  },
};

export const addresses: Target = {
  name: 'addresses',
  inputs: nearText(['/ws/chat/tea?token=x&after=5', '/ws/chat/%e2%98%95/', '/%ff%', '?', '//x', 'http://[::', '*']),
  check(input) {
    const [path, query] = [pathOf(input as string), queryOf(input as string)];
    percentDecoded(path);
    law((input as string).startsWith(path) && query.size >= 0, () => `path ${path}`);
  },
};

/** What is searched for: words that neither FTS5 nor PostgreSQL can take for anything but words, and few. */
export const searches: Target = {
  name: 'search-words',
  inputs: fc.tuple(
    nearText([
      'tea*',
      'tea AND NOT coffee',
      '"tea',
      'NEAR(a b)',
      "tea' | !x:*",
      'col:tea',
      'Ünï cödé',
      '日本語',
      'ſtraße',
      '(((',
      '* *',
    ]),
    nearText(['Tea at four, ünï 日本語 😀', 'x'.repeat(400)]),
  ),
  check(input) {
    const [asked, text] = input as [string, string];
    const terms = termsOf(asked);
    law(terms.length <= 16, () => `${terms.length} words`);
    for (const { word } of [...terms, ...wordsOf(text)]) {
      law(/^[\p{L}\p{N}\p{M}]{1,64}$/u.test(word), () => `word ${JSON.stringify(word)}`);
    }
    const snippet = snippetOf(text, terms);
    for (const [start, end] of snippet.highlights) {
      law(
        0 <= start && start < end && end <= snippet.text.length,
        () => `${start} to ${end} of ${snippet.text.length}`,
      );
    }
  },
};

const rows = describeSettings();
const settingTexts = [
  '8000',
  '0',
  'on',
  'a,b',
  'https://x.example',
  'postgres://a:b@c/d',
  'HS256,RS256',
  'debug',
  '',
  ' ',
];

/** The environment: a value in force, or words that name the setting and give no secret away. */
export const settings: Target = {
  name: 'settings',
  inputs: fc.tuple(fc.constantFrom(...rows.map(({ name }) => name)), nearText(settingTexts)),
  check(input) {
    const [name, text] = input as [string, string];
    try {
      const config = loadConfig({ JWT_SECRET: 'x'.repeat(40), [name]: text });
      const row = describeSettings(config).find((one) => one.name === name);
      law(row !== undefined, () => `${name} is no setting`);
      const isSecret = row.value === '(set)';
      if (isSecret || row.value === '') return;
      const again = describeSettings(loadConfig({ JWT_SECRET: 'x'.repeat(40), [name]: row.value }));
      const value = again.find((one) => one.name === name)?.value;
      law(value === row.value, () => `${name}: ${row.value} becomes ${value}`);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const isShown = text.length >= 12 && error.message.includes(text);
      law(!(isShown && /SECRET|API_KEY|DATABASE_URL|REDIS_URL|PASSWORD/.test(name)), () => 'a secret is shown');
    }
  },
};
