import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { ChatClient } from '../client/client.ts';
import { indexedDbOutbox } from '../client/outbox.ts';
import { loadWebSettings, type WebSettings } from '../look/web-settings.ts';
import { Chat } from './chat.tsx';
import { forgetToken, listenForToken, remember, rememberedToken } from './session.ts';

const SignIn = lazy(() => import('./sign-in.tsx'));

type State =
  | { readonly is: 'opening' }
  | { readonly is: 'asking'; readonly problem?: string }
  | { readonly is: 'in'; readonly client: ChatClient };

const noSettings: WebSettings = {
  developmentSignIn: false,
  hostOrigins: [],
  adminRoles: [],
  fileLimitBytes: 25_000_000,
};

/** Signs in with the token that is there, or asks for one. */
export function App() {
  const [settings, setSettings] = useState<WebSettings>();
  const [state, setState] = useState<State>({ is: 'opening' });

  const enter = useCallback(async (token: string, isToStay: boolean) => {
    setState({ is: 'opening' });
    try {
      const outbox = await indexedDbOutbox();
      const client = await ChatClient.connect({ address: location.origin, token: () => token, outbox });
      remember(token, isToStay);
      setState({ is: 'in', client });
    } catch (error) {
      forgetToken();
      setState({ is: 'asking', problem: error instanceof Error ? error.message : String(error) });
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
    return undefined;
  }, [state]);

  if (state.is === 'in' && settings) {
    const leave = () => {
      forgetToken();
      history.replaceState(null, '', location.pathname);
      setState({ is: 'asking' });
    };
    return <Chat client={state.client} settings={settings} onLeave={leave} />;
  }
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
