import './page.css';
import './panel.css';
import { useEffect, useState } from 'react';
import type { ChatClient } from '../client/client.ts';
import type { SearchHit } from '../client/model.ts';
import { Icon } from './icons.tsx';
import { addressOf, show } from './route.ts';
import { fullTime, shortTime } from './times.ts';
import { useNow } from './use-now.ts';

type Found = { readonly hits: readonly SearchHit[]; readonly nextBefore: string | undefined };

/** Messages that hold the words, in all conversations of the user; each leads to its place. */
export default function Search({ client, words, onDone }: { client: ChatClient; words: string; onDone: () => void }) {
  const [found, setFound] = useState<Found>();
  const [problem, setProblem] = useState<string>();
  const now = useNow();

  useEffect(() => {
    let isOver = false;
    setFound(undefined);
    setProblem(undefined);
    client.api.search(words).then(
      (answer) => !isOver && setFound(answer),
      (error: Error) => !isOver && setProblem(error.message),
    );
    return () => {
      isOver = true;
    };
  }, [client, words]);

  const more = async () => {
    if (found?.nextBefore === undefined) return;
    try {
      const { hits, nextBefore } = await client.api.search(words, { before: found.nextBefore });
      // Other words may have been looked for meanwhile.
      setFound((known) => (known === found ? { hits: [...found.hits, ...hits], nextBefore } : known));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <main className="panel" aria-labelledby="search-title">
      <header className="page-head">
        <button type="button" className="icon-button back" aria-label="Back" onClick={onDone}>
          <Icon name="back" />
        </button>
        <h2 id="search-title" dir="auto">
          Messages with “{words}”
        </h2>
      </header>
      <div className="panel-body">
        {problem !== undefined && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <p className="soft" role="status">
          {found === undefined ? problem === undefined && 'Looking…' : found.hits.length === 0 && 'Nothing was found.'}
        </p>
        <ul className="notices hits">
          {found?.hits.map((hit) => (
            <Hit key={hit.message.id} client={client} hit={hit} now={now} onDone={onDone} />
          ))}
        </ul>
        {found?.nextBefore !== undefined && (
          <button type="button" className="button" onClick={more}>
            More
          </button>
        )}
      </div>
    </main>
  );
}

function Hit({ client, hit, now, onDone }: { client: ChatClient; hit: SearchHit; now: number; onDone: () => void }) {
  const { message, snippet, highlights } = hit;
  const { id, conversationId, senderName, senderId, at } = message;
  const marked = highlights.map(([from, to], index) => ({
    before: snippet.slice(highlights[index - 1]?.[1] ?? 0, from),
    word: snippet.slice(from, to),
    from,
  }));
  return (
    <li>
      <a
        className="notice"
        href={addressOf(conversationId, id)}
        onClick={(event) => {
          event.preventDefault();
          show(conversationId, id);
          onDone();
        }}
      >
        <div>
          <b dir="auto">{client.conversations.find(conversationId)?.name ?? conversationId}</b>
          <p>
            <bdi>{senderName ?? senderId}</bdi>:{' '}
            <bdi>
              {marked.map(({ before, word, from }) => (
                <span key={from}>
                  {before}
                  <mark>{word}</mark>
                </span>
              ))}
              {snippet.slice(highlights.at(-1)?.[1] ?? 0)}
            </bdi>
          </p>
        </div>
        <time title={fullTime(at)}>{shortTime(at, now)}</time>
      </a>
    </li>
  );
}
