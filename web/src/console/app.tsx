import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { forgetToken, listenForToken, remember, rememberedToken } from '../chat/session.ts';
import { useObservable } from '../client/hooks.ts';
import { ApiError } from '../client/http-api.ts';
import type { User } from '../client/model.ts';
import { switchTheme, theme } from '../look/theme.ts';
import { loadWebSettings, type WebSettings } from '../look/web-settings.ts';
import { AdminApi } from './admin-api.ts';
import { Audit } from './audit.tsx';
import { Figures } from './figures.tsx';
import { LogTail } from './log-tail.tsx';
import { Lookup } from './lookup.tsx';

const SignIn = lazy(() => import('../chat/sign-in.tsx'));

type State =
  | { readonly is: 'opening' }
  | { readonly is: 'asking'; readonly problem?: string }
  | { readonly is: 'refused'; readonly user: User; readonly token: string }
  | { readonly is: 'in'; readonly user: User; readonly token: string; readonly api: AdminApi };

const noSettings: WebSettings = { developmentSignIn: false, hostOrigins: [], adminRoles: [], fileLimitBytes: 0 };

/** Lets admins in, and tells everybody else plainly why not. */
export function App() {
  const [settings, setSettings] = useState<WebSettings>();
  const [state, setState] = useState<State>({ is: 'opening' });

  const enter = useCallback(async (token: string, isToStay: boolean) => {
    setState({ is: 'opening' });
    const api = new AdminApi(token);
    try {
      const user = await api.me();
      remember(token, isToStay);
      try {
        await api.stats();
        setState({ is: 'in', user, token, api });
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 403) throw error;
        setState({ is: 'refused', user, token });
      }
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) forgetToken(token);
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

  const leave = (token: string, problem?: string) => {
    forgetToken(token);
    setState({ is: 'asking', ...(problem !== undefined && { problem }) });
  };
  if (state.is === 'in') {
    const { api, user, token } = state;
    const refused = ({ message }: ApiError) => leave(token, message);
    return <Console api={api} user={user} onLeave={() => leave(token)} onRefused={refused} />;
  }
  if (state.is === 'refused')
    return <Refused user={state.user} roles={settings?.adminRoles ?? []} onLeave={() => leave(state.token)} />;
  if (state.is === 'asking' && settings) {
    return (
      <Suspense>
        <SignIn settings={settings} problem={state.problem} onToken={enter} />
      </Suspense>
    );
  }
  return (
    <main className="opening" aria-busy="true">
      <p>Asking the server…</p>
    </main>
  );
}

function Refused({ user, roles, onLeave }: { user: User; roles: readonly string[]; onLeave: () => void }) {
  return (
    <main className="refused">
      <h1>The console is for admins</h1>
      <p>
        You are signed in as {user.name}, with the role {user.role}. {rolesInWords(roles)}
      </p>
      <div className="deeds">
        <button type="button" className="button main" onClick={onLeave}>
          Sign in as somebody else
        </button>
        <a className="button" href="/">
          Chat
        </a>
      </div>
    </main>
  );
}

function rolesInWords(roles: readonly string[]): string {
  if (roles.length === 0) return 'This server has no role that may enter (ADMIN_ROLES).';
  return `May enter: ${roles.join(', ')}. Whoever signs your token gives the role.`;
}

function Console({
  api,
  user,
  onLeave,
  onRefused,
}: {
  api: AdminApi;
  user: User;
  onLeave: () => void;
  onRefused: (error: ApiError) => void;
}) {
  const look = useObservable(theme);
  const [wanted, setWanted] = useState<{ readonly id: string }>();
  return (
    <div className="console">
      <header className="top">
        <h1>Console</h1>
        <nav aria-label="More of this server">
          <a href="/">Chat</a>
          <a href="/playground">Playground</a>
          <a href="/docs">APIs</a>
        </nav>
        <div className="top-actions">
          <span className="soft">{user.name}</span>
          <button type="button" className="button" onClick={switchTheme}>
            {look === 'dark' ? 'Light' : 'Dark'}
          </button>
          <button type="button" className="button" onClick={onLeave}>
            Sign out
          </button>
        </div>
      </header>
      <main>
        <Figures api={api} onRefused={onRefused} />
        <div className="below">
          <LogTail api={api} onLookUp={(id) => setWanted({ id })} />
          <div className="beside">
            <Lookup api={api} wanted={wanted} />
            <Audit api={api} />
          </div>
        </div>
      </main>
    </div>
  );
}
