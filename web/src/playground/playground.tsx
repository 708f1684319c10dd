import { type FormEvent, useEffect, useState } from 'react';
import { useObservable } from '../client/hooks.ts';
import { switchTheme, theme } from '../look/theme.ts';
import { loadWebSettings } from '../look/web-settings.ts';
import { paneDialects } from './dialects.ts';
import { PaneView } from './pane-view.tsx';
import { developmentTokens, openScene, type Scene, tokensFrom } from './scene.ts';

type State =
  | { readonly is: 'opening' }
  | { readonly is: 'asking'; readonly problem?: string }
  | { readonly is: 'open'; readonly scene: Scene };

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Five clients of five APIs in one conversation, and what passes on their lines. */
export function Playground() {
  const [state, setState] = useState<State>({ is: 'opening' });

  const enter = async (tokens: readonly string[]) => {
    try {
      setState({ is: 'open', scene: await openScene(tokens) });
    } catch (error) {
      setState({ is: 'asking', problem: words(error) });
    }
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(() => {
    loadWebSettings().then(
      async ({ developmentSignIn }) =>
        developmentSignIn ? enter(await developmentTokens()) : setState({ is: 'asking' }),
      (error) => setState({ is: 'asking', problem: words(error) }),
    );
  }, []);

  return (
    <div className="playground">
      <Header scene={state.is === 'open' ? state.scene : undefined} />
      {state.is === 'opening' && <p className="empty">Opening five clients…</p>}
      {state.is === 'asking' && <TokenForm problem={state.problem} onTokens={enter} />}
      {state.is === 'open' && (
        <main className="panes" aria-label="Five clients">
          {state.scene.panes.map((pane) => (
            <PaneView key={pane.dialect.name} pane={pane} scene={state.scene} />
          ))}
        </main>
      )}
    </div>
  );
}

const greetings = ['Tea at four?', 'I bring the biscuits.', 'Room is ready.', 'Kettle is on!', 'Be right there.'];

function Header({ scene }: { scene: Scene | undefined }) {
  const look = useObservable(theme);
  const everybody = () => {
    for (const [index, pane] of scene?.panes.entries() ?? []) {
      setTimeout(() => pane.say(greetings[index] ?? 'Hello'), index * 350);
    }
  };
  return (
    <header className="top">
      <div className="top-words">
        <h1>Five APIs, one conversation</h1>
        <p>
          Each pane is an unmodified client of another chat API. What one says, all five hear, in one order. Cut a line,
          go on talking, mend it: what was missed arrives.
        </p>
      </div>
      <div className="top-actions">
        <button type="button" className="button main" disabled={!scene} onClick={everybody}>
          Let everybody speak
        </button>
        {scene && <span className="conversation">conversation {scene.conversationId}</span>}
        <a className="button" href="/">
          Chat
        </a>
        <a className="button" href="/docs">
          APIs
        </a>
        <button type="button" className="button" onClick={switchTheme}>
          {look === 'dark' ? 'Light' : 'Dark'}
        </button>
      </div>
    </header>
  );
}

function TokenForm({
  problem,
  onTokens,
}: {
  problem: string | undefined;
  onTokens: (tokens: readonly string[]) => void;
}) {
  const [fields, setFields] = useState<readonly string[]>(paneDialects.map(() => ''));
  const [objection, setObjection] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const tokens = tokensFrom(fields);
    setObjection(typeof tokens === 'string' ? tokens : undefined);
    if (typeof tokens !== 'string') onTokens(tokens);
  };
  return (
    <form className="tokens" onSubmit={submit}>
      <h2>Tokens for five clients</h2>
      <p>
        This server has keys of its own, so it signs nobody in by itself. Paste a token for each client; where one is
        missing the first is used. They stay in this page.
      </p>
      {paneDialects.map(({ name, who }, index) => (
        <label key={name}>
          {name}
          <input
            className="field"
            autoComplete="off"
            spellCheck={false}
            placeholder={`A token for ${who}`}
            value={fields[index]}
            onChange={({ target }) => setFields(fields.with(index, target.value))}
          />
        </label>
      ))}
      {(objection ?? problem) !== undefined && (
        <p className="problem" role="alert">
          {objection ?? problem}
        </p>
      )}
      <button type="submit" className="button main">
        Connect
      </button>
    </form>
  );
}
