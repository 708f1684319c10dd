import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react';
import type { Conversation, User } from '../client/model.ts';
import type { AdminApi } from './admin-api.ts';
import { ConversationCard } from './conversation-card.tsx';
import { UserCard } from './user-card.tsx';

type Found =
  | { readonly is: 'asking' | 'nothing' }
  | { readonly is: 'problem'; readonly words: string }
  | {
      readonly is: 'found';
      readonly sought: string;
      readonly user: User | undefined;
      /** Others who are called like this. */
      readonly others: readonly User[];
      readonly conversation: Conversation | undefined;
    };

/** Finds users by name or id and a conversation by id, since all may be the same. */
export function Lookup({ api, wanted }: { api: AdminApi; wanted: { readonly id: string } | undefined }) {
  const [id, setId] = useState('');
  const [found, setShown] = useState<Found>();
  const lookUps = useRef(0);
  const lookUp = useCallback(
    async (sought: string) => {
      const mine = ++lookUps.current;
      // An answer may come after that of a later question.
      const setFound = (now: Found) => mine === lookUps.current && setShown(now);
      setFound({ is: 'asking' });
      try {
        const [exact, called, conversation] = await Promise.all([
          api.user(sought),
          api.findUsers(sought),
          api.conversation(sought),
        ]);
        const user = exact ?? (called.length === 1 ? called[0] : undefined);
        const others = called.filter(({ id }) => id !== user?.id);
        const isNothing = !user && !conversation && others.length === 0;
        setFound(isNothing ? { is: 'nothing' } : { is: 'found', sought, user, others, conversation });
      } catch (error) {
        setFound({ is: 'problem', words: error instanceof Error ? error.message : String(error) });
      }
    },
    [api],
  );
  useEffect(() => {
    if (!wanted) return;
    setId(wanted.id);
    lookUp(wanted.id);
  }, [wanted, lookUp]);
  const look = (sought: string) => {
    setId(sought);
    lookUp(sought);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    lookUp(id.trim());
  };
  return (
    <section className="card lookup" aria-labelledby="lookup-title">
      <div className="card-head">
        <h2 id="lookup-title">Look up</h2>
        <form className="find" onSubmit={submit}>
          <input
            className="field"
            aria-label="Name or id of a user, or id of a conversation"
            placeholder="Name or id of a user, or id of a conversation"
            autoComplete="off"
            spellCheck={false}
            value={id}
            onChange={({ target }) => setId(target.value)}
          />
          <button type="submit" className="button main" disabled={id.trim() === ''}>
            Find
          </button>
        </form>
      </div>
      <div>
        {found === undefined && (
          <p className="soft">How a user is connected, revoking and banning, and what kind a conversation is.</p>
        )}
        {/* What is found goes on changing: told aloud, that would never end. */}
        <div role="status">
          {found?.is === 'asking' && <p className="soft">Looking…</p>}
          {found?.is === 'nothing' && <p>Nobody here is called like this, and no conversation has this id.</p>}
          {found?.is === 'problem' && <p className="problem">{found.words}</p>}
          {found?.is === 'found' && <p className="hidden">Found.</p>}
        </div>
        {found?.is === 'found' && found.user && <UserCard key={`user ${found.user.id}`} api={api} user={found.user} />}
        {found?.is === 'found' && found.others.length > 0 && (
          <ul className="others" aria-label="Users who are called like this">
            {found.others.map(({ id: otherId, name, role }) => (
              <li key={otherId}>
                <button type="button" className="link" onClick={() => look(otherId)}>
                  {name}
                </button>{' '}
                <code>{otherId}</code> <span className="soft">{role}</span>
              </li>
            ))}
          </ul>
        )}
        {found?.is === 'found' && found.conversation && (
          <ConversationCard
            key={`conversation ${found.conversation.id}`}
            api={api}
            conversation={found.conversation}
            onChanged={() => lookUp(found.sought)}
          />
        )}
      </div>
    </section>
  );
}
