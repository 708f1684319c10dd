import './page.css';
import './panel.css';
import { type FormEvent, useRef, useState } from 'react';
import type { ChatClient } from '../client/client.ts';
import { useConversations } from '../client/hooks.ts';
import type { NewConversation as Wish } from '../client/http-api.ts';
import { Icon } from './icons.tsx';
import { show } from './route.ts';

const kinds = [
  { kind: 'direct', name: 'Somebody', hint: 'A conversation of two. They hear of it with your first message.' },
  { kind: 'group', name: 'A group', hint: 'Whoever you add, and nobody else.' },
  { kind: 'open', name: 'A room', hint: 'Anybody who knows its name may enter. It comes into being when you do.' },
  { kind: 'support', name: 'Support', hint: 'A chat with the people who help: it waits until one of them answers.' },
] as const;
type Kind = (typeof kinds)[number]['kind'];

export default function NewConversation({ client, onDone }: { client: ChatClient; onDone: () => void }) {
  const [kind, setKind] = useState<Kind>('direct');
  const [people, setPeople] = useState('');
  const [title, setTitle] = useState('');
  const [problem, setProblem] = useState<string>();
  const isUnderWay = useRef(false);
  const { items } = useConversations(client);
  const known = items.flatMap(({ partnerId, name }) => (partnerId === undefined ? [] : [{ id: partnerId, name }]));

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // Whoever presses twice wants one.
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    const members = people.split(',').flatMap((id) => id.trim() || []);
    const wish: Wish = {
      kind,
      ...(kind !== 'open' && kind !== 'support' && { members }),
      ...(kind !== 'direct' && title.trim() !== '' && { title: title.trim() }),
    };
    try {
      if (kind === 'open') {
        show(title.trim());
      } else {
        // The server would begin a second one with the same two.
        const known = kind === 'direct' ? await client.conversations.directWith(people.trim()) : undefined;
        const { id } = known ?? (await client.createConversation(wish));
        show(id);
      }
      onDone();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      isUnderWay.current = false;
    }
  };
  const needsPeople = kind === 'direct' || kind === 'group';
  const isReady = kind === 'support' || (needsPeople ? people.trim() !== '' : title.trim() !== '');

  return (
    <main className="panel" aria-labelledby="new-title">
      <header className="page-head">
        <button type="button" className="icon-button back" aria-label="Back" onClick={onDone}>
          <Icon name="back" />
        </button>
        <h2 id="new-title">New conversation</h2>
      </header>
      <form className="panel-body" onSubmit={submit}>
        <fieldset className="kinds">
          <legend>With whom?</legend>
          {kinds.map(({ kind: each, name, hint }) => (
            <label key={each} className={each === kind ? 'kind chosen' : 'kind'}>
              <input type="radio" name="kind" checked={each === kind} onChange={() => setKind(each)} />
              <b>{name}</b>
              <span className="soft">{hint}</span>
            </label>
          ))}
        </fieldset>
        {needsPeople && (
          <label>
            {kind === 'direct' ? 'Their id' : 'Their ids, with commas between'}
            <input
              className="field"
              autoFocus
              list="known"
              autoCapitalize="none"
              value={people}
              onChange={({ target }) => setPeople(target.value)}
            />
            <datalist id="known">
              {known.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </datalist>
          </label>
        )}
        {kind !== 'direct' && (
          <label>
            {kind === 'open' ? 'Name of the room' : kind === 'group' ? 'Title' : 'What is it about?'}
            <input className="field" maxLength={100} value={title} onChange={({ target }) => setTitle(target.value)} />
          </label>
        )}
        {problem !== undefined && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <div className="row">
          <button type="submit" className="button main" disabled={!isReady}>
            {kind === 'open' ? 'Enter' : 'Begin'}
          </button>
          <button type="button" className="button" onClick={onDone}>
            Cancel
          </button>
        </div>
      </form>
    </main>
  );
}
