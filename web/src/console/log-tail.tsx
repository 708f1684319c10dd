import { useState } from 'react';
import { type AdminApi, type LogLine, logPageLines } from './admin-api.ts';
import { useEvery } from './every.ts';
import { aroundId, newlyTold } from './log-lines.ts';

const pauseMs = 1_000;
const keptLines = 300;

/** What happens, as sentences, newest first. */
export function LogTail({ api, onLookUp }: { api: AdminApi; onLookUp: (id: string) => void }) {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [through, setThrough] = useState<string>();
  const [isBehind, setIsBehind] = useState(false);
  const [isRunning, setIsRunning] = useState(true);
  const [words, setWords] = useState('');
  useEvery(pauseMs, isRunning, async () => {
    try {
      // Whoever got a full page would be ever later: the newest matter more than all.
      const page = await api.log(isBehind ? undefined : through);
      setIsBehind(page.lines.length >= logPageLines);
      setThrough(page.through);
      setLines((known) => [...newlyTold(page.lines, through, isBehind), ...known].slice(0, keptLines));
    } catch {
      // The figures tell what is wrong, and this goes on where it was.
    }
  });
  const sought = words.trim().toLowerCase();
  const shown = lines.filter(({ sentence }) => sentence.toLowerCase().includes(sought));
  return (
    <section className="card log" aria-labelledby="log-title">
      <div className="card-head">
        <h2 id="log-title">The log</h2>
        <input
          className="field"
          aria-label="Show only lines with"
          placeholder="Only lines with…"
          value={words}
          onChange={({ target }) => setWords(target.value)}
        />
        <button type="button" className="button" onClick={() => setIsRunning(!isRunning)}>
          {isRunning ? 'Pause' : 'Go on'}
        </button>
      </div>
      {/* It scrolls, so the keyboard must reach it. */}
      <ol className="log-lines" tabIndex={0} aria-label="What has happened, newest first">
        {shown.map(({ position, at, type, sentence }) => (
          <li key={`${position} ${type}`} data-type={type}>
            <span className="position">{position}</span>
            <time dateTime={at}>{new Date(at).toLocaleTimeString()}</time>
            <Sentence text={sentence} onLookUp={onLookUp} />
          </li>
        ))}
        {shown.length === 0 && <li className="soft">Nothing{sought === '' ? ' yet' : ' with these words'}.</li>}
      </ol>
      <p className="hint">Who did what where; what was said is never shown. The newest {keptLines} lines are kept.</p>
    </section>
  );
}

/** An id in brackets can be looked up. */
function Sentence({ text, onLookUp }: { text: string; onLookUp: (id: string) => void }) {
  const found = aroundId(text);
  if (!found) return <span>{text}</span>;
  const [before, id, after] = found;
  return (
    <span>
      {before}
      <button type="button" className="link" onClick={() => onLookUp(id)}>
        {id}
      </button>
      {after}
    </span>
  );
}
