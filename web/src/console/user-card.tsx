import { useState } from 'react';
import type { User } from '../client/model.ts';
import type { AdminApi, Ban, Connections } from './admin-api.ts';
import { Confirm, type Deed } from './confirm.tsx';
import { useEvery } from './every.ts';

const pauseMs = 2_000;

/** A user, how they are connected, and what may be done about them. */
export function UserCard({ api, user }: { api: AdminApi; user: User }) {
  const [connections, setConnections] = useState<Connections>();
  const [ban, setBan] = useState<Ban>();
  const [deed, setDeed] = useState<Deed>();
  const look = async () => {
    try {
      const [now, banned] = await Promise.all([api.connections(user.id), api.ban(user.id)]);
      setConnections(now);
      setBan(banned);
    } catch {
      // The figures tell what is wrong.
    }
  };
  useEvery(pauseMs, true, look);
  const revoke: Deed = {
    title: `Revoke the tokens of ${user.name}?`,
    consequence: 'Their connections end at once, and they have to sign in anew with a token made after this second.',
    verb: 'Revoke',
    perform: () => api.revoke(user.id),
  };
  const shutOut: Deed = {
    title: `Ban ${user.name}?`,
    consequence: 'Their connections end at once, and no token of theirs is accepted until the ban is lifted.',
    verb: 'Ban',
    question: 'Reason, which the log keeps',
    perform: (reason) => api.setBan(user.id, reason),
  };
  const letIn: Deed = {
    title: `Lift the ban of ${user.name}?`,
    consequence: 'Tokens of theirs that were good before are good again.',
    verb: 'Lift',
    perform: () => api.liftBan(user.id),
  };
  return (
    <article className="found" aria-label={`User ${user.id}`}>
      <h3>
        {user.name} <code>{user.id}</code> <span className="chip">{user.role}</span>
        {ban && <span className="chip bad">banned</span>}
      </h3>
      {ban && (
        <p className="soft">
          {ban.reason ?? 'No reason was given.'}{' '}
          {ban.until !== undefined && `Until ${new Date(ban.until).toLocaleString()}.`}
        </p>
      )}
      {connections && (
        <div className="deeds">
          <button type="button" className="button" onClick={() => setDeed(revoke)}>
            Revoke…
          </button>
          {ban ? (
            <button type="button" className="button" onClick={() => setDeed(letIn)}>
              Lift the ban…
            </button>
          ) : (
            <button type="button" className="button" onClick={() => setDeed(shutOut)}>
              Ban…
            </button>
          )}
        </div>
      )}
      {connections && <ConnectionTable connections={connections} />}
      {deed && (
        <Confirm
          deed={deed}
          onDone={() => {
            setDeed(undefined);
            look();
          }}
        />
      )}
    </article>
  );
}

function ConnectionTable({ connections: { here, elsewhereCount } }: { connections: Connections }) {
  const elsewhere = elsewhereCount === 0 ? '' : ` ${elsewhereCount} more on other nodes.`;
  if (here.length === 0) return <p className="soft">No connection on this node.{elsewhere}</p>;
  return (
    <>
      {/* It scrolls, so the keyboard must reach it. */}
      <section className="table" tabIndex={0} aria-label="Connections">
        <table>
          <thead>
            <tr>
              <th>connection</th>
              <th>speaks</th>
              <th>over</th>
              <th>from</th>
              <th>joined</th>
              <th>unsent</th>
              <th>heard of</th>
              <th>session</th>
            </tr>
          </thead>
          <tbody>
            {here.map((one) => (
              <tr key={one.id}>
                <td>{one.id}</td>
                <td>{one.dialects.join(', ') || 'nothing yet'}</td>
                <td>{one.transport}</td>
                <td>{one.address}</td>
                <td>{one.joinedCount}</td>
                <td>{one.unsentBytes} B</td>
                <td>{new Date(one.lastActive).toLocaleTimeString()}</td>
                <td>
                  {one.isCatchingUp ? (
                    'catching up'
                  ) : one.sessionId === undefined ? (
                    'none'
                  ) : (
                    <code>{one.sessionId}</code>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {elsewhere !== '' && <p className="soft">{elsewhere}</p>}
    </>
  );
}
