import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import type { ChatClient } from '../client/client.ts';
import { ApiError, HttpApi } from '../client/http-api.ts';
import { loadWebSettings, type WebSettings } from '../look/web-settings.ts';
import { forgetPlace } from './route.ts';
import { forgetToken, listenForToken, remember, rememberedToken } from './session.ts';

const SignIn = lazy(() => import('./sign-in.tsx'));
const loadInside = () =>
  import('./inside.ts').catch(() => {
    throw new Error('The page could not be loaded completely. Check the connection.');
  });

type State =
  | { readonly is: 'opening' }
  | { readonly is: 'asking'; readonly problem?: string }
  /** Nobody has said no: the token may be as good as ever. */
  | { readonly is: 'unanswered'; readonly problem: string; readonly again: () => void; readonly leave: () => void }
  | {
      readonly is: 'in';
      readonly client: ChatClient;
      readonly leave: () => void;
      readonly Chat: Awaited<ReturnType<typeof loadInside>>['Chat'];
    };

const noSettings: WebSettings = {
  developmentSignIn: false,
  hostOrigins: [],
  adminRoles: [],
  fileLimitBytes: 25_000_000,
};

const tryAgainAfterMs = 10_000;

/** Signs in with the token that is there, or asks for one. */
export function App() {
  const [settings, setSettings] = useState<WebSettings>();
  const [state, setState] = useState<State>({ is: 'opening' });

  const enter = useCallback(async (token: string, isToStay: boolean) => {
    setState({ is: 'opening' });
    const leave = () => {
      forgetToken(token);
      forgetPlace();
      setState({ is: 'asking' });
    };
    try {
      const [address, source] = [location.origin, () => token];
      const [{ ChatClient, Chat, indexedDbOutbox }, user] = await Promise.all([
        loadInside(),
        new HttpApi(address, source).me(),
      ]);
      const client = await ChatClient.connect({ address, token: source, outbox: await indexedDbOutbox(), user });
      remember(token, isToStay);
      setState({ is: 'in', client, leave, Chat });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (!(error instanceof ApiError) || error.status !== 401) {
        setState({ is: 'unanswered', problem, again: () => enter(token, isToStay), leave });
        return;
      }
      forgetToken(token);
      setState({ is: 'asking', problem });
    }
  }, []);

  useEffect(() => {
    const token = rememberedToken();
    loadWebSettings()
      .catch(() => noSettings)
      .then(setSettings);
    if (token === undefined) setState({ is: 'asking' });
    else enter(token, false);
  }, [enter]);

  useEffect(() => {
    if (settings) return listenForToken(settings.hostOrigins, (token) => enter(token, false));
    return undefined;
  }, [settings, enter]);

  useEffect(() => {
    if (state.is === 'in') return () => state.client.close();
    // While somebody says who they are.
    if (state.is === 'asking') loadInside().catch(() => {});
    return undefined;
  }, [state]);

  if (state.is === 'in' && settings)
    return <state.Chat client={state.client} settings={settings} onLeave={state.leave} />;
  if (state.is === 'unanswered') return <Unanswered {...state} />;
  if (state.is === 'asking' && settings) {
    return (
      <Suspense>
        <SignIn settings={settings} problem={state.problem} onToken={enter} />
      </Suspense>
    );
  }
  return (
    <main className="opening" aria-busy="true">
      <p>Connecting…</p>
    </main>
  );
}

/** Tries again by itself, since nobody may be there to see it. */
function Unanswered({ problem, again, leave }: { problem: string; again: () => void; leave: () => void }) {
  useEffect(() => {
    const timer = setTimeout(again, tryAgainAfterMs);
    return () => clearTimeout(timer);
  }, [again]);
  return (
    <main className="opening">
      <p className="problem" role="alert">
        {problem}
      </p>
      <div className="row">
        <button type="button" className="button main" onClick={again}>
          Try again
        </button>
        <button type="button" className="button" onClick={leave}>
          Sign in as somebody else
        </button>
      </div>
    </main>
  );
}
