import './page.css';
import './conversation.css';
import { lazy, type RefObject, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import type { ChatClient } from '../client/client.ts';
import type { ListedConversation } from '../client/conversation-list.ts';
import type { ConversationView } from '../client/conversation-view.ts';
import { useConversation, useMembers, usePresence, useTyping } from '../client/hooks.ts';
import type { Message } from '../client/model.ts';
import type { WebSettings } from '../look/web-settings.ts';
import { Avatar } from './avatar.tsx';
import { Boundary } from './boundary.tsx';
import { Composer, type Intent } from './composer.tsx';
import { Icon } from './icons.tsx';
import { MessageList } from './message-list.tsx';
import { agoWords, memberWords } from './times.ts';
import { toast } from './toasts.ts';
import { useNow } from './use-now.ts';

const loadDetails = () => import('./details.tsx');
const Details = lazy(loadDetails);

const supportEveryMs = 10_000;

/** One conversation: who is in it, what was said, and saying something. */
export default function ConversationPage({
  id,
  client,
  settings,
  onBack,
}: {
  id: string;
  client: ChatClient;
  settings: WebSettings;
  onBack: () => void;
}) {
  const { view, listed, problem } = useConversation(client, id);
  const members = useMembers(view);
  const [intent, setIntent] = useState<Intent>({ is: 'say' });
  const [isDetailed, setIsDetailed] = useState(false);
  const detailsButton = useRef<HTMLButtonElement>(null);
  const names = useMemo(() => new Map(members.map(({ user }) => [user.id, user.name])), [members]);
  const isSupport = listed?.kind === 'support';

  useEffect(() => {
    // Entering a room makes the user a member of it, which the list does not hear of.
    loadDetails().catch(() => {});
    view.open().then(() => client.conversations.find(id) ?? client.conversations.reload(id));
  }, [client, view, id]);
  useEffect(() => {
    if (!isSupport) return;
    // Messaging does not tell of a chat's status.
    const timer = setInterval(() => !document.hidden && client.conversations.reload(id), supportEveryMs);
    return () => clearInterval(timer);
  }, [client, id, isSupport]);

  const attempt = (work: Promise<void>) => work.catch((error: Error) => toast('That did not work', error.message));
  const isClosed = listed?.status === 'CLOSED';

  return (
    <main className="conversation" aria-label={listed?.name ?? id}>
      <Head
        client={client}
        listed={listed}
        id={id}
        settings={settings}
        onBack={onBack}
        isDetailed={isDetailed}
        detailsButton={detailsButton}
        onDetails={() => setIsDetailed(!isDetailed)}
      />
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}{' '}
          <button type="button" className="button" onClick={() => view.open()}>
            Try again
          </button>
        </p>
      )}
      <MessageList
        client={client}
        view={view}
        names={names}
        listed={listed}
        onReply={(message) => setIntent({ is: 'reply', message })}
        onEdit={(message) => setIntent({ is: 'edit', message })}
        onDelete={(message) => attempt(view.delete(message.id))}
        onReact={(message, emoji, isSet) => attempt(view.react(message.id, emoji, isSet))}
      />
      <Typing view={view} names={names} />
      {isClosed ? (
        <p className="closed">This chat is closed.</p>
      ) : (
        <Composer
          key={id}
          view={view}
          userId={client.user.id}
          members={members}
          names={names}
          intent={intent}
          fileLimitBytes={settings.fileLimitBytes}
          onDone={() => setIntent({ is: 'say' })}
          onNotChanged={(message, words) => setIntent({ is: 'edit', message, words })}
          onEditLast={() => {
            const last = view.timeline.get().messages.findLast((message: Message) => isOwn(client, message));
            if (last) setIntent({ is: 'edit', message: last });
          }}
        />
      )}
      {isDetailed && (
        <Boundary>
          <Suspense>
            <Details
              client={client}
              view={view}
              listed={listed}
              onClose={() => {
                setIsDetailed(false);
                detailsButton.current?.focus();
              }}
            />
          </Suspense>
        </Boundary>
      )}
    </main>
  );
}

const isOwn = (client: ChatClient, { senderId, deletedAt }: Message): boolean =>
  senderId === client.user.id && deletedAt === undefined;

const presenceWords = { online: 'online', away: 'away', busy: 'busy', offline: 'offline' } as const;

function Head({
  client,
  listed,
  id,
  settings,
  onBack,
  isDetailed,
  detailsButton,
  onDetails,
}: {
  client: ChatClient;
  listed: ListedConversation | undefined;
  id: string;
  settings: WebSettings;
  onBack: () => void;
  isDetailed: boolean;
  detailsButton: RefObject<HTMLButtonElement | null>;
  onDetails: () => void;
}) {
  const presence = usePresence(client, listed?.partnerId);
  const now = useNow();
  const kindWords = { direct: '', group: 'Group', open: 'Open room', support: 'Support chat' } as const;
  const under =
    presence === undefined
      ? [listed ? kindWords[listed.kind] : '', listed ? memberWords(listed.memberCount) : '']
          .filter(Boolean)
          .join(' · ')
      : presence.status === 'offline' && presence.lastActive > 0
        ? `last seen ${agoWords(presence.lastActive, now)}`
        : presenceWords[presence.status];
  return (
    <header className="page-head">
      <button type="button" className="icon-button back" aria-label="Back to the list" onClick={onBack}>
        <Icon name="back" />
      </button>
      <Avatar id={listed?.partnerId ?? id} name={listed?.name ?? id} presence={presence} size={38} />
      <div className="page-title">
        <h2 dir="auto">{listed?.name ?? id}</h2>
        <span className="soft">{under}</span>
      </div>
      {listed?.status !== undefined && <SupportActions client={client} listed={listed} settings={settings} />}
      <button
        ref={detailsButton}
        type="button"
        className="icon-button"
        aria-label="Members and settings"
        title="Members and settings"
        aria-expanded={isDetailed}
        onClick={onDetails}
      >
        <Icon name="people" />
      </button>
    </header>
  );
}

function SupportActions({
  client,
  listed,
  settings,
}: {
  client: ChatClient;
  listed: ListedConversation;
  settings: WebSettings;
}) {
  const isAdmin = settings.adminRoles.includes(client.user.role);
  const { id, status = 'PENDING' } = listed;
  const change = async (what: { status?: 'ACTIVE' | 'CLOSED' | 'PENDING'; adminId?: string }) => {
    try {
      client.conversations.put(await client.api.changeConversation(id, what));
    } catch (error) {
      toast('That did not work', error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <span className="support-actions">
      <span className={`chip ${status.toLowerCase()}`}>{status.toLowerCase()}</span>
      {isAdmin && status === 'PENDING' && (
        <button type="button" className="button" onClick={() => change({ adminId: client.user.id })}>
          Take it
        </button>
      )}
      {status !== 'CLOSED' && (
        <button type="button" className="button" onClick={() => change({ status: 'CLOSED' })}>
          Close
        </button>
      )}
      {isAdmin && status === 'CLOSED' && (
        <button type="button" className="button" onClick={() => change({ status: 'ACTIVE' })}>
          Reopen
        </button>
      )}
    </span>
  );
}

function Typing({ view, names }: { view: ConversationView; names: ReadonlyMap<string, string> }) {
  const typing = useTyping(view).map((id) => names.get(id) ?? id);
  const words =
    typing.length === 0
      ? ''
      : typing.length > 3
        ? 'Several people are typing'
        : `${new Intl.ListFormat('en').format(typing)} ${typing.length === 1 ? 'is' : 'are'} typing`;
  return (
    <p className="typing" aria-live="polite">
      {words !== '' && (
        <>
          <span className="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span dir="auto">{words}</span>
        </>
      )}
    </p>
  );
}
