import { useEffect, useState } from 'react';
import type { Conversation, Member } from '../client/model.ts';
import type { AdminApi } from './admin-api.ts';
import { Confirm, type Deed } from './confirm.tsx';

/** What kind of conversation it is; of a support chat also who is in it. */
export function ConversationCard({
  api,
  conversation,
  onChanged,
}: {
  api: AdminApi;
  conversation: Conversation;
  onChanged: () => void;
}) {
  const { id, kind, title, status, memberCount, messageCount, updatedAt } = conversation;
  const [members, setMembers] = useState<readonly Member[]>([]);
  const [deed, setDeed] = useState<Deed>();
  useEffect(() => {
    if (kind === 'support') api.members(id).then(setMembers, () => {});
  }, [api, id, kind]);
  const close: Deed = {
    title: `Close ${title ?? id}?`,
    consequence: 'Nobody can write in it any more. An admin may reopen it, in the chat.',
    verb: 'Close the chat',
    perform: () => api.closeChat(id),
  };
  const facts: readonly (readonly [string, string])[] = [
    ['members', String(memberCount)],
    ['messages', String(messageCount)],
    ['last activity', new Date(updatedAt).toLocaleString()],
  ];
  return (
    <article className="found" aria-label={`Conversation ${id}`}>
      <h3>
        {title ?? 'Without a title'} <code>{id}</code> <span className="chip">{kind}</span>
        {status !== undefined && <span className="chip">{status}</span>}
      </h3>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {members.length > 0 && (
        <p className="soft">In it: {members.map(({ user }) => `${user.name} (${user.id})`).join(', ')}</p>
      )}
      {kind === 'support' && status !== 'CLOSED' && (
        <div className="deeds">
          <button type="button" className="button" onClick={() => setDeed(close)}>
            Close the chat…
          </button>
        </div>
      )}
      {deed && (
        <Confirm
          deed={deed}
          onDone={() => {
            setDeed(undefined);
            onChanged();
          }}
        />
      )}
    </article>
  );
}
