import './sign-in.css';
import { type FormEvent, useState } from 'react';
import { signInForDevelopment, userNamedIn, type WebSettings } from '../look/web-settings.ts';

const slugOf = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');

export default function SignIn({
  settings,
  problem,
  onToken,
}: {
  settings: WebSettings;
  problem: string | undefined;
  onToken: (token: string, isToStay: boolean) => void;
}) {
  const [objection, setObjection] = useState(problem);
  const [isToStay, setIsToStay] = useState(false);
  const enterAs = async (who: { id: string; name: string; role?: string }) => {
    try {
      onToken(await signInForDevelopment(who), isToStay);
    } catch (error) {
      setObjection(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <main className="sign-in">
      <div className="sign-in-box">
        <h1>Parlance</h1>
        <p className="soft">One conversation, five chat APIs, nothing lost.</p>
        {(objection ?? problem) !== undefined && (
          <p className="problem" role="alert">
            {objection ?? problem}
          </p>
        )}
        {settings.developmentSignIn && <NameForm roles={settings.adminRoles} onName={enterAs} />}
        <TokenForm
          isOpen={!settings.developmentSignIn}
          onToken={(token) => {
            if (userNamedIn(token)) onToken(token, isToStay);
            else setObjection('This is no JSON Web Token. Paste the whole token, as your application makes it.');
          }}
        />
        <label className="check">
          <input type="checkbox" checked={isToStay} onChange={({ target }) => setIsToStay(target.checked)} /> Stay
          signed in on this device
        </label>
      </div>
      <nav aria-label="More of this server">
        <a href="/playground">Playground: five APIs side by side</a>
        <a href="/console">Console, for admins</a>
        <a href="/docs">The five APIs</a>
        <a href="/swagger/">HTTP API</a>
      </nav>
    </main>
  );
}

const samples = ['Ann', 'Ben', 'Cleo'];

function NameForm({
  roles,
  onName,
}: {
  roles: readonly string[];
  onName: (who: { id: string; name: string; role?: string }) => void;
}) {
  const [name, setName] = useState('');
  const [isAdmin, setIsAdmin] = useState(false);
  const [role] = roles;
  const enter = (called: string) => {
    const id = slugOf(called);
    if (id !== '') onName({ id, name: called.trim(), ...(isAdmin && role !== undefined && { role }) });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter(name);
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor="name">Your name</label>
      <div className="row">
        <input
          id="name"
          className="field"
          autoFocus
          autoComplete="nickname"
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <button type="submit" className="button main" disabled={slugOf(name) === ''}>
          Sign in
        </button>
      </div>
      <div className="samples">
        <span className="soft">or as</span>
        {samples.map((sample) => (
          <button key={sample} type="button" className="button" onClick={() => enter(sample)}>
            {sample}
          </button>
        ))}
      </div>
      {role !== undefined && (
        <label className="check">
          <input type="checkbox" checked={isAdmin} onChange={({ target }) => setIsAdmin(target.checked)} /> as an admin:
          support chats, console
        </label>
      )}
      <p className="hint">
        Development sign-in: no keys are configured, so anybody on this machine may be anybody. Open a second window and
        sign in as somebody else.
      </p>
    </form>
  );
}

function TokenForm({ isOpen, onToken }: { isOpen: boolean; onToken: (token: string) => void }) {
  const [token, setToken] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onToken(token.trim().replace(/^bearer\s+/i, ''));
  };
  return (
    <details open={isOpen}>
      <summary>Sign in with a token</summary>
      <form onSubmit={submit}>
        <label htmlFor="token" className="hidden">
          Token
        </label>
        <div className="row">
          <input
            id="token"
            className="field"
            autoComplete="off"
            spellCheck={false}
            placeholder="eyJhbGciOi…"
            value={token}
            onChange={({ target }) => setToken(target.value)}
          />
          <button type="submit" className="button" disabled={token.trim() === ''}>
            Use
          </button>
        </div>
        <p className="hint">
          Your application signs it: see <code>docs/login.md</code>. A page that embeds this one may hand it over.
        </p>
      </form>
    </details>
  );
}
