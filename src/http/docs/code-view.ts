import { escaped, Html, html } from './html.ts';

/** Shows code that can be copied. */

const jsonToken = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;

function colouredJson(text: string): Html {
  let markup = '';
  let from = 0;
  for (const match of text.matchAll(jsonToken)) {
    const [token, string, colon, word] = match;
    const kind = string === undefined ? (word === undefined ? 'n' : 'w') : colon === undefined ? 's' : 'k';
    const shown = string ?? token;
    markup += `${escaped(text.slice(from, match.index))}<span class="${kind}">${escaped(shown)}</span>`;
    from = match.index + shown.length;
  }
  return new Html(markup + escaped(text.slice(from)));
}

const codeToken =
  /(\/\/[^\n]*)|('(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\b(import|from|const|await|async|for|of|if|else|new|in|return)\b|\b\d+\b/g;

function colouredCode(text: string): Html {
  let markup = '';
  let from = 0;
  for (const match of text.matchAll(codeToken)) {
    const [token, comment, string, word] = match;
    const kind = comment !== undefined ? 'c' : string !== undefined ? 's' : word !== undefined ? 'w' : 'n';
    markup += `${escaped(text.slice(from, match.index))}<span class="${kind}">${escaped(token)}</span>`;
    from = match.index + token.length;
  }
  return new Html(markup + escaped(text.slice(from)));
}

function block(label: string, content: Html): Html {
  return html`<figure class="code"><figcaption>${label}<button type="button" class="copy" hidden>Copy</button></figcaption><pre tabindex="0"><code>${content}</code></pre></figure>`;
}

export const codeBlock = (label: string, code: string): Html => block(label, colouredCode(code));
export const jsonBlock = (label: string, value: unknown): Html =>
  block(label, colouredJson(JSON.stringify(value, null, 2)));
