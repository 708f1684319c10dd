import './details.css';
import { type FormEvent, useState } from 'react';
import type { ChatClient } from '../client/client.ts';
import type { ListedConversation } from '../client/conversation-list.ts';
import type { ConversationView } from '../client/conversation-view.ts';
import { useMembers, useObservable } from '../client/hooks.ts';
import { Avatar } from './avatar.tsx';
import { Icon } from './icons.tsx';
import { show } from './route.ts';
import { memberWords } from './times.ts';
import { toast } from './toasts.ts';

/** Members and settings of a conversation. */
export default function Details({
  client,
  view,
  listed,
  onClose,
}: {
  client: ChatClient;
  view: ConversationView;
  listed: ListedConversation | undefined;
  onClose: () => void;
}) {
  const members = useMembers(view);
  const presences = useObservable(client.presence);
  const isOwner = listed?.role === 'owner' && listed.kind !== 'direct';
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
      await view.reloadMembers();
    } catch (error) {
      toast('That did not work', error instanceof Error ? error.message : String(error));
    }
  };
  const keep = (settings: { isMuted?: boolean; isArchived?: boolean }) =>
    attempt(() => client.conversations.keep(view.id, settings));
  const leave = () =>
    client.leaveConversation(view.id).then(
      () => show(undefined),
      (error: Error) => toast('That did not work', error.message),
    );
  return (
    <aside className="details" aria-label="Members and settings" onKeyDown={({ key }) => key === 'Escape' && onClose()}>
      <header className="page-head">
        <h2>{memberWords(members.length)}</h2>
        <button type="button" className="icon-button" aria-label="Close" autoFocus onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <ul>
        {members.map(({ user, role }) => (
          <li key={user.id}>
            <Avatar id={user.id} name={user.name} presence={presences.get(user.id)} size={32} />
            <span className="row-words">
              <b dir="auto">{user.name}</b>
              <span className="soft">
                {user.id}
                {role === 'owner' && ' · owner'}
              </span>
            </span>
            {isOwner && user.id !== client.user.id && (
              <button
                type="button"
                className="icon-button"
                aria-label={`Remove ${user.name}`}
                onClick={() => attempt(() => client.api.removeMember(view.id, user.id))}
              >
                <Icon name="close" size={16} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {isOwner && <AddMember onAdd={(userId) => attempt(() => client.api.addMember(view.id, userId))} />}
      {listed?.role !== undefined && (
        <div className="details-settings">
          <label className="check">
            <input
              type="checkbox"
              checked={listed.isMuted}
              onChange={({ target }) => keep({ isMuted: target.checked })}
            />{' '}
            Muted
          </label>
          <label className="check">
            <input
              type="checkbox"
              checked={listed.isArchived}
              onChange={({ target }) => keep({ isArchived: target.checked })}
            />{' '}
            Archived
          </label>
          {listed.kind !== 'direct' && (
            <button type="button" className="button" onClick={leave}>
              Leave for good
            </button>
          )}
        </div>
      )}
    </aside>
  );
}

function AddMember({ onAdd }: { onAdd: (userId: string) => void }) {
  const [userId, setUserId] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (userId.trim() === '') return;
    onAdd(userId.trim());
    setUserId('');
  };
  return (
    <form className="row add-member" onSubmit={submit}>
      <input
        className="field"
        aria-label="Id of the user to add"
        placeholder="Add somebody by their id"
        autoCapitalize="none"
        value={userId}
        onChange={({ target }) => setUserId(target.value)}
      />
      <button type="submit" className="button">
        Add
      </button>
    </form>
  );
}
