import { codeBlock, jsonBlock } from './code-view.ts';
import { closeReasonWords, type DialectDocument, type DocumentName, type Message, type Operation } from './document.ts';
import { type Html, html, prose } from './html.ts';
import { schemaView } from './schema-view.ts';

/** The page of one dialect: everything that its document says, for people. */

type Shown = { readonly id: string; readonly operation: Operation };

const idOf = (ref: string): string => ref.split('/').at(-1) ?? '';
const anchorOf = (id: string): string => id.replaceAll('.', '-');

export function dialectPage(name: DocumentName, document: DialectDocument): Html {
  const operations = Object.entries(document.operations).map(([id, operation]): Shown => ({ id, operation }));
  const said = operations.filter(({ id }) => id.startsWith('say.'));
  // The arrival is made of events that are shown by themselves; refusals have a section of their own.
  const heard = operations.filter(({ id }) => id.startsWith('hear.') && !['hear.arrival', 'hear.error'].includes(id));
  const arrival = document.operations['hear.arrival'];
  const title = document.info.title.replace(/^Parlance: /, '');
  const connection = document.channels.connection;
  const isPlain = document.servers.parlance.pathname === undefined;

  return frame(
    `${title} – Parlance`,
    html`<header class="top">
        <nav aria-label="Where this is"><a href="/">Parlance</a> <span>/</span> <a href="/docs">Dialects</a> <span>/</span> ${name}</nav>
      </header>
      <div class="columns">
        ${contents(document, said, heard)}
        <main>
          <h1>${title} <span class="mount">${isPlain ? 'WebSocket' : 'Socket.IO'} <code>${connection.address}</code></span></h1>
          <p class="lead">${prose(document.info.description)}</p>
          <p class="links"><a href="/docs/${name}.json">AsyncAPI document</a></p>

          <section id="connect" aria-labelledby="connect-title">
            <h2 id="connect-title">Connect</h2>
            <p>${prose(connection.description)}</p>
            ${codeBlock('JavaScript', connection['x-client-code'])}
            <h3>Where the token may stand</h3>
            <ul class="plain">${Object.values(document.components.securitySchemes).map(
              ({ description }) => html`<li>${prose(description)}</li>`,
            )}</ul>
            ${
              arrival &&
              html`<h3>What comes first</h3><p>${prose(arrival.summary)}</p>
              <ol class="chips">${arrival.messages.map(({ $ref }) => html`<li>${chip(document, idOf($ref))}</li>`)}</ol>`
            }
          </section>

          <section id="say" aria-labelledby="say-title">
            <h2 id="say-title">You send</h2>
            ${said.map((shown) => saidArticle(document, shown, isPlain))}
          </section>

          <section id="hear" aria-labelledby="hear-title">
            <h2 id="hear-title">You hear</h2>
            ${heard.map((shown) => heardArticle(document, shown, isPlain))}
            ${answersAlone(document, said, heard).map((id) => answerArticle(document, id))}
          </section>

          ${errors(document)}
          ${ends(document, isPlain)}
        </main>
      </div>`,
  );
}

/** Events that are heard only as answers, or on arrival. */
function answersAlone(document: DialectDocument, said: readonly Shown[], heard: readonly Shown[]): readonly string[] {
  const arriving = document.operations['hear.arrival']?.messages ?? [];
  const answers = [...said.flatMap(({ operation }) => operation.reply?.messages ?? []), ...arriving];
  const unasked = new Set(heard.flatMap(({ operation }) => operation.messages).map(({ $ref }) => $ref));
  return [...new Set(answers.filter(({ $ref }) => !unasked.has($ref)).map(({ $ref }) => idOf($ref)))].filter(
    (id) => id.startsWith('server.') && id !== 'server.error',
  );
}

function contents(document: DialectDocument, said: readonly Shown[], heard: readonly Shown[]): Html {
  const link = (id: string, title: string): Html => html`<li><a href="#${anchorOf(id)}">${title}</a></li>`;
  const links = (rows: readonly Shown[]): readonly Html[] => rows.map(({ id, operation }) => link(id, operation.title));
  const answers = answersAlone(document, said, heard).map((id) =>
    link(id.replace('server.', 'hear.'), messageOf(document, id).title),
  );
  return html`<nav class="contents" aria-label="On this page">
    <details open><summary>On this page</summary>
      <p><a href="#connect">Connect</a></p>
      <p><a href="#say">You send</a></p><ul>${links(said)}</ul>
      <p><a href="#hear">You hear</a></p><ul>${links(heard)}${answers}</ul>
      <p><a href="#errors">Refusals</a></p>
      <p><a href="#ends">How it ends</a></p>
    </details></nav>`;
}

function messageOf(document: DialectDocument, id: string): Message {
  const message = document.components.messages[id];
  if (!message) throw new Error(`The document has no message ${id}.`);
  return message;
}

function saidArticle(document: DialectDocument, { id, operation }: Shown, isPlain: boolean): Html {
  const message = messageOf(document, idOf(operation.messages[0]?.$ref ?? ''));
  const replies = (operation.reply?.messages ?? []).map(({ $ref }) => idOf($ref));
  const events = replies.filter((reply) => reply.startsWith('server.') && reply !== 'server.error');
  const acks = replies.filter((reply) => reply.startsWith('ack.') && reply !== 'ack.error');
  return html`<article id="${anchorOf(id)}" class="say">
    <h3><span class="way">you send</span> <code>${operation.title}</code></h3>
    <p>${prose(message.summary)}</p>
    ${schemaView(message.payload)}
    ${examples(message)}
    ${
      events.length > 0 &&
      html`<p class="answered">Answered with ${events.map((event) => html`${chip(document, event)} `)}${!isPlain && 'and, if it asked for one, an acknowledgement.'}</p>`
    }
    ${events.length === 0 && !isPlain && html`<p class="answered">Answered with an acknowledgement, if it asked for one.</p>`}
    ${acks.map((ack) => examples(messageOf(document, ack), 'Acknowledgement'))}
  </article>`;
}

function heardArticle(document: DialectDocument, { id, operation }: Shown, isPlain: boolean): Html {
  const message = messageOf(document, idOf(operation.messages[0]?.$ref ?? ''));
  const listening =
    isPlain || operation.title === 'position' ? undefined : `socket.on('${operation.title}', (payload) => { … });`;
  return html`<article id="${anchorOf(id)}" class="hear">
    <h3><span class="way">you hear</span> <code>${operation.title}</code></h3>
    <p>${prose(message.summary)}${message.description && html` ${prose(message.description)}`}</p>
    ${schemaView(message.payload)}
    ${examples(message)}
    ${listening && codeBlock('Listen', listening)}
  </article>`;
}

function answerArticle(document: DialectDocument, id: string): Html {
  const message = messageOf(document, id);
  return html`<article id="${anchorOf(id.replace('server.', 'hear.'))}" class="hear">
    <h3><span class="way">you hear</span> <code>${message.title}</code></h3>
    <p>${prose(message.summary)}${message.description && html` ${prose(message.description)}`}</p>
    ${schemaView(message.payload)}
    ${examples(message)}
  </article>`;
}

function chip(document: DialectDocument, id: string): Html {
  return html`<a class="chip" href="#${anchorOf(id.replace('server.', 'hear.'))}"><code>${messageOf(document, id).title}</code></a>`;
}

function examples({ examples: shown = [] }: Message, label = 'Example'): readonly Html[] {
  return shown.map(({ payload }) => jsonBlock(label, payload));
}

function errors(document: DialectDocument): Html {
  const message = messageOf(document, 'server.error');
  return html`<section id="errors" aria-labelledby="errors-title">
    <h2 id="errors-title">Refusals</h2>
    <p>${message.description && prose(message.description)}</p>
    <article id="hear-error" class="hear">
      <h3><span class="way">you hear</span> <code>error</code></h3>
      <p>${prose(message.summary)}</p>
      ${schemaView(message.payload)}
      ${examples(message)}
    </article>
    <table class="fields">
      <thead><tr><th scope="col">Refusal</th><th scope="col">What it says</th></tr></thead>
      <tbody>${(message['x-refusals'] ?? []).map(
        ({ code, words }) => html`<tr><th scope="row"><code>${code}</code></th><td>${words}</td></tr>`,
      )}</tbody></table>
  </section>`;
}

function ends(document: DialectDocument, isPlain: boolean): Html {
  const rows = document.channels.connection['x-close-reasons'];
  return html`<section id="ends" aria-labelledby="ends-title">
    <h2 id="ends-title">How it ends</h2>
    <table class="fields">
      <thead><tr><th scope="col">Reason</th>${isPlain && html`<th scope="col">Code</th>`}<th scope="col">Then</th></tr></thead>
      <tbody>${rows.map(
        ({ reason, comesBack, code, words }) => html`<tr>
          <th scope="row">${closeReasonWords[reason]}</th>
          ${isPlain && html`<td><code>${code}</code> ${words}</td>`}
          <td>${isPlain ? (comesBack ? 'Come back.' : 'Coming back does not help.') : comesBack ? 'socket.io-client comes back by itself.' : 'The client stays away.'}</td></tr>`,
      )}</tbody></table>
  </section>`;
}

/** The page at `/docs`. */
export function indexPage(rows: readonly { readonly name: DocumentName; readonly document: DialectDocument }[]): Html {
  return frame(
    'Dialects – Parlance',
    html`<header class="top"><nav aria-label="Where this is"><a href="/">Parlance</a> <span>/</span> Dialects</nav></header>
      <main class="alone">
        <h1>The five dialects</h1>
        <p class="lead">Five WebSocket chat APIs, one set of conversations. These pages are made from the tables that the
          server runs; their examples are what it really answers.</p>
        <div class="cards">${rows.map(({ name, document }) => {
          const messages = Object.keys(document.components.messages);
          const count = (way: string): number => messages.filter((id) => id.startsWith(way)).length;
          return html`<a class="card" href="/docs/${name}">
            <h2>${document.info.title.replace(/^Parlance: /, '')}</h2>
            <p class="mount">${document.servers.parlance.pathname === undefined ? 'WebSocket' : 'Socket.IO'} <code>${document.channels.connection.address}</code></p>
            <p>${count('client.')} to send, ${count('server.')} to hear</p></a>`;
        })}</div>
        <p class="links">Over HTTP: <a href="/swagger/">the HTTP API</a>.</p>
      </main>`,
  );
}

function frame(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath fill='%230b7a75' d='M4 5h24v17H15l-7 6v-6H4z'/%3E%3C/svg%3E">
<link rel="stylesheet" href="/docs/page.css">
<script src="/docs/page.js" defer></script>
</head>
<body>
${body}
</body>
</html>
`;
}
