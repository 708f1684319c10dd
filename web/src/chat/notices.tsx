import './page.css';
import './panel.css';
import { useState } from 'react';
import type { ChatClient } from '../client/client.ts';
import { useNotifications } from '../client/hooks.ts';
import { Icon } from './icons.tsx';
import { fullTime, shortTime } from './times.ts';
import { useNow } from './use-now.ts';

/** What the application has told this user, and whether the browser may tell of messages. */
export default function Notices({ client, onDone }: { client: ChatClient; onDone: () => void }) {
  const list = useNotifications(client);
  const now = useNow();
  return (
    <main className="panel" aria-labelledby="notices-title">
      <header className="page-head">
        <button type="button" className="icon-button back" aria-label="Back" onClick={onDone}>
          <Icon name="back" />
        </button>
        <h2 id="notices-title">Notifications</h2>
      </header>
      <div className="panel-body">
        <Permission />
        {list.length === 0 && <p className="soft">Nothing yet. What your application tells you stands here.</p>}
        <ul className="notices">
          {list.map(({ id, title, message, at, isRead }) => (
            <li key={id} className={isRead ? 'notice' : 'notice unread'}>
              <div>
                <b dir="auto">{title}</b>
                <p dir="auto">{message}</p>
                <time title={fullTime(at)}>{shortTime(at, now)}</time>
              </div>
              {!isRead && (
                <button type="button" className="button" onClick={() => client.readNotification(id)}>
                  Mark as read
                </button>
              )}
            </li>
          ))}
        </ul>
      </div>
    </main>
  );
}

function Permission() {
  const isThere = 'Notification' in window;
  const [permission, setPermission] = useState(isThere ? Notification.permission : 'denied');
  if (!isThere || permission === 'granted') return null;
  if (permission === 'denied') {
    return <p className="soft">This browser does not let this page tell of messages while it is in the background.</p>;
  }
  return (
    <p className="row">
      <span className="soft">Messages that arrive while this page is in the background:</span>
      <button type="button" className="button" onClick={() => Notification.requestPermission().then(setPermission)}>
        Let the browser tell
      </button>
    </p>
  );
}
