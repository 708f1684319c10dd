/**
 * Messages as people write them: `code`, **strong**, *emphasis*, ~~struck~~, @names, links, quotes and fenced code. The
 * result is a tree that React draws as text: no HTML is ever read, so nothing in a message can run.
 */
export type Inline =
  | { readonly is: 'text' | 'code' | 'mention'; readonly text: string }
  | { readonly is: 'strong' | 'emphasis' | 'struck'; readonly inside: readonly Inline[] }
  | { readonly is: 'link'; readonly text: string; readonly href: string };

export type Block =
  | { readonly is: 'paragraph' | 'quote'; readonly inside: readonly Inline[] }
  | { readonly is: 'code'; readonly text: string };

// Bounded everywhere, so that no text can make reading it slow.
const marks =
  /`([^`\n]{1,500})`|\*\*(?=\S)([^\n]{1,500}?)\*\*|~~(?=\S)([^\n]{1,500}?)~~|(?<![\p{L}\p{N}*])\*(?=[^\s*])([^\n*]{1,500}?)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?=[^\s_])([^\n_]{1,500}?)_(?![\p{L}\p{N}_])|(https?:\/\/[^\s<>"'`]{1,2000})|(?<![\p{L}\p{N}_@./])@([\p{L}\p{N}_.-]{1,100})/gu;
const deepest = 4;

export function inlines(text: string, depth = 0): readonly Inline[] {
  if (depth > deepest) return [{ is: 'text', text }];
  const found: Inline[] = [];
  let at = 0;
  const plainUpTo = (end: number) => {
    if (end > at) found.push({ is: 'text', text: text.slice(at, end) });
  };
  for (const match of text.matchAll(marks)) {
    const [whole, code, strong, struck, starred, underscored, address, name] = match;
    if (match.index < at) continue;
    const link = address === undefined ? undefined : linkFrom(address);
    const mention = name?.replace(/[.-]+$/, '');
    if (address !== undefined && !link) continue;
    if (mention === '') continue;
    plainUpTo(match.index);
    at = match.index + whole.length;
    if (code !== undefined) found.push({ is: 'code', text: code });
    else if (strong !== undefined) found.push({ is: 'strong', inside: inlines(strong, depth + 1) });
    else if (struck !== undefined) found.push({ is: 'struck', inside: inlines(struck, depth + 1) });
    else if (link) {
      found.push(link);
      at = match.index + link.text.length;
    } else if (mention !== undefined) {
      found.push({ is: 'mention', text: `@${mention}` });
      at = match.index + 1 + mention.length;
    } else found.push({ is: 'emphasis', inside: inlines(starred ?? underscored ?? '', depth + 1) });
  }
  plainUpTo(text.length);
  return found;
}

/** http and https only; what ends a sentence is not part of an address. */
function linkFrom(address: string): Extract<Inline, { is: 'link' }> | undefined {
  let text = address.replace(/[.,;:!?…]+$/, '');
  if (text.endsWith(')') && !text.includes('(')) text = text.replace(/\)+$/, '');
  try {
    const { protocol, href, username } = new URL(text);
    // A name before an @ makes an address look like that of somebody else.
    if ((protocol !== 'http:' && protocol !== 'https:') || username !== '') return undefined;
    return { is: 'link', text, href };
  } catch {
    return undefined;
  }
}

export function blocks(text: string): readonly Block[] {
  return text.split(/```(?:[\w+-]{0,20}\n)?([\s\S]*?)```/).flatMap((part, index): readonly Block[] => {
    if (index % 2 === 1) return [{ is: 'code', text: part.replace(/\n$/, '') }];
    return part.trim() === '' ? [] : paragraphs(part.replace(/^\n+|\s+$/g, ''));
  });
}

function paragraphs(text: string): readonly Block[] {
  const found: Block[] = [];
  let lines: string[] = [];
  let isQuote = false;
  const end = () => {
    if (lines.length > 0) found.push({ is: isQuote ? 'quote' : 'paragraph', inside: inlines(lines.join('\n')) });
    lines = [];
  };
  for (const line of text.split('\n')) {
    const quoted = /^> ?(.*)$/.exec(line)?.[1];
    if ((quoted !== undefined) !== isQuote) end();
    isQuote = quoted !== undefined;
    lines.push(quoted ?? line);
  }
  end();
  return found;
}

/** The words of a message without its marks, for where there is one line. */
export function plainText(text: string): string {
  const words = (inside: readonly Inline[]): string =>
    inside.map((each) => ('inside' in each ? words(each.inside) : each.text)).join('');
  return blocks(text)
    .map((block) => (block.is === 'code' ? block.text : words(block.inside)))
    .join(' ');
}

/** How a user is named in a message. */
export const mentionOf = (name: string): string => `@${name.replace(/[^\p{L}\p{N}_.-]+/gu, '')}`;
