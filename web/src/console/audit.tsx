import { useState } from 'react';
import type { AdminApi, AuditRecord } from './admin-api.ts';
import { useEvery } from './every.ts';

const pauseMs = 5_000;

const said: { readonly [action: string]: string } = {
  banUser: 'banned',
  unbanUser: 'lifted the ban of',
  revokeUser: 'revoked the tokens of',
  eraseUser: 'erased',
  upsertUser: 'changed the profile of',
};

/** Who looked after the server, newest first. */
export function Audit({ api }: { api: AdminApi }) {
  const [records, setRecords] = useState<readonly AuditRecord[]>([]);
  /** Where older pages begin, once the first page has told. */
  const [rest, setRest] = useState<{ readonly before: string | undefined }>();
  useEvery(pauseMs, true, async () => {
    try {
      const page = await api.audit();
      setRecords((known) => {
        const fresh = new Set(page.records.map(({ id }) => id));
        return [...page.records, ...known.filter(({ id }) => !fresh.has(id))];
      });
      setRest((known) => known ?? { before: page.nextBefore });
    } catch {
      // The figures tell what is wrong.
    }
  });
  const older = async () => {
    const page = await api.audit(rest?.before);
    setRecords((known) => [...known, ...page.records.filter(({ id }) => !known.some((one) => one.id === id))]);
    setRest({ before: page.nextBefore });
  };
  return (
    <section className="card audit" aria-labelledby="audit-title">
      <div className="card-head">
        <h2 id="audit-title">Audit</h2>
      </div>
      <ul>
        {records.map(({ id, at, userId, action, target, status }) => (
          <li key={id}>
            <time dateTime={at}>{new Date(at).toLocaleString()}</time>
            <span>
              <b>{userId ?? 'the host'}</b> {said[action] ?? action} {target.join(', ')}
            </span>
            {status >= 400 && <span className="bad">{status}</span>}
          </li>
        ))}
        {records.length === 0 && <li className="soft">Nobody has changed anything yet.</li>}
      </ul>
      {rest?.before !== undefined && (
        <button type="button" className="button" onClick={() => older().catch(() => {})}>
          Older
        </button>
      )}
    </section>
  );
}
