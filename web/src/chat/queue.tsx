import './page.css';
import './panel.css';
import { useCallback, useEffect, useState } from 'react';
import type { ChatClient } from '../client/client.ts';
import type { QueuedChat } from '../client/model.ts';
import { Icon } from './icons.tsx';
import { show } from './route.ts';
import { agoWords } from './times.ts';
import { toast } from './toasts.ts';
import { useNow } from './use-now.ts';

const lookEveryMs = 5_000;

/** For admins: the support chats that nobody has taken, longest waiting first. */
export default function Queue({ client, onDone }: { client: ChatClient; onDone: () => void }) {
  const [chats, setChats] = useState<readonly QueuedChat[]>();
  const [problem, setProblem] = useState<string>();
  const now = useNow();
  const look = useCallback(
    () =>
      client.api.supportQueue().then(
        (list) => {
          setChats(list);
          setProblem(undefined);
        },
        (error: Error) => setProblem(error.message),
      ),
    [client],
  );
  useEffect(() => {
    look();
    const timer = setInterval(() => !document.hidden && look(), lookEveryMs);
    return () => clearInterval(timer);
  }, [look]);

  const take = async (id: string) => {
    try {
      client.conversations.put(await client.api.takeSupportChat(id));
      show(id);
      onDone();
    } catch (error) {
      toast('Not taken', error instanceof Error ? error.message : String(error));
      look();
    }
  };
  return (
    <main className="panel" aria-labelledby="queue-title">
      <header className="page-head">
        <button type="button" className="icon-button back" aria-label="Back" onClick={onDone}>
          <Icon name="back" />
        </button>
        <h2 id="queue-title">Who waits for help</h2>
        <a href="/console">Console</a>
      </header>
      <div className="panel-body">
        {problem !== undefined && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        {chats?.length === 0 && <p className="soft">Nobody waits.</p>}
        <ul className="notices">
          {chats?.map(({ conversation: { id, title, lastMessage }, client: who, since }) => (
            <li key={id} className="notice">
              <div>
                <b dir="auto">{[who?.name, title].filter(Boolean).join(' · ') || id}</b>
                {lastMessage && <p dir="auto">{lastMessage.text}</p>}
                <span className="soft">{agoWords(since, now)}</span>
              </div>
              <button type="button" className="button main" onClick={() => take(id)}>
                Take
              </button>
            </li>
          ))}
        </ul>
      </div>
    </main>
  );
}
