import { type FormEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useObservable } from '../client/hooks.ts';
import type { Frame } from './line.ts';
import type { Pane } from './pane.ts';
import type { Scene } from './scene.ts';

const statusWords = { online: 'connected', connecting: 'connecting…', offline: 'refused' } as const;
const slowMs = 1500;

export function PaneView({ pane, scene }: { pane: Pane; scene: Scene }) {
  const { dialect, line } = pane;
  const status = useObservable(pane.status);
  const isCut = useObservable(line.isCut);
  const isSlow = useObservable(line.delayMs) > 0;
  const [tab, setTab] = useState<'frames' | 'code'>('frames');
  const who = scene.names.get(pane.userId) ?? dialect.who;
  return (
    <section className={`pane ${dialect.name}`} aria-label={`${dialect.name}, ${who}`}>
      <header>
        <h2>{dialect.name}</h2>
        <span className={`status ${isCut ? 'offline' : status}`}>{isCut ? 'cut off' : statusWords[status]}</span>
        <code>{dialect.where}</code>
        <p>{dialect.sentence}</p>
      </header>
      <Talk pane={pane} scene={scene} />
      <SayForm pane={pane} who={who} />
      <div className="line-buttons">
        <button
          type="button"
          className={`button ${isCut ? 'main' : ''}`}
          onClick={() => (isCut ? line.mend() : line.cut())}
        >
          {isCut ? 'Mend' : 'Cut'}
        </button>
        <button type="button" className="button" disabled={isCut} onClick={() => line.kill()}>
          Kill transport
        </button>
        <button
          type="button"
          className="button"
          aria-pressed={isSlow}
          onClick={() => line.delayMs.set(isSlow ? 0 : slowMs)}
        >
          Slow
        </button>
      </div>
      <div className="tabs">
        <button type="button" aria-pressed={tab === 'frames'} onClick={() => setTab('frames')}>
          Frames
        </button>
        <button type="button" aria-pressed={tab === 'code'} onClick={() => setTab('code')}>
          Code
        </button>
        {tab === 'frames' ? (
          <button type="button" className="aside" onClick={() => line.clear()}>
            Clear
          </button>
        ) : (
          <Copy text={dialect.code(location.origin, scene.conversationId)} />
        )}
      </div>
      {tab === 'frames' ? (
        <Frames pane={pane} />
      ) : (
        <pre className="code" tabIndex={0}>
          {dialect.code(location.origin, scene.conversationId)}
        </pre>
      )}
    </section>
  );
}

function Talk({ pane, scene }: { pane: Pane; scene: Scene }) {
  const said = useObservable(pane.said);
  const end = useEndOfList(said);
  return (
    <div className="talk" ref={end} role="log" aria-label={`Messages in ${pane.dialect.name}`} tabIndex={0}>
      {said.length === 0 && <p className="nothing">Nothing said yet.</p>}
      {said.map(({ id, senderId, text }) => (
        <div key={id} className={senderId === pane.userId ? 'said own' : 'said'}>
          <b>{scene.names.get(senderId) ?? senderId}</b>
          <span dir="auto">{text}</span>
        </div>
      ))}
    </div>
  );
}

function SayForm({ pane, who }: { pane: Pane; who: string }) {
  const [text, setText] = useState('');
  const refusal = useObservable(pane.refusal);
  const say = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    pane.say(text);
    setText('');
  };
  return (
    <form className="say" onSubmit={say}>
      <input
        className="field"
        aria-label={`Say something as ${who} in ${pane.dialect.name}`}
        placeholder={`Say something as ${who}`}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <button type="submit" className="button">
        Send
      </button>
      {refusal !== undefined && (
        <p className="problem" role="alert">
          {refusal}
        </p>
      )}
    </form>
  );
}

const clock = (at: number): string => new Date(at).toISOString().slice(17, 23);

function Frames({ pane }: { pane: Pane }) {
  const frames = useObservable(pane.line.frames);
  const end = useEndOfList(frames);
  return (
    <div
      className="frames"
      ref={end}
      role="log"
      aria-live="off"
      aria-label={`Frames of ${pane.dialect.name}`}
      tabIndex={0}
    >
      {frames.map((frame) => (
        <FrameRow key={frame.key} frame={frame} />
      ))}
    </div>
  );
}

const signs = { in: '↓', out: '↑', note: '·' } as const;
const ways = { in: 'in', out: 'out', note: '' } as const;

const moodOf = (note: string): string =>
  /^(resumed|asked for)/.test(note) ? 'good' : /^(line cut|transport killed|closed 1006)/.test(note) ? 'bad' : '';

/** Socket.IO's packet type, namespace and acknowledgement stand before the payload. */
function FrameRow({ frame: { at, way, text } }: { frame: Frame }) {
  const [, head = '', body = ''] = way === 'note' ? [] : (/^(\d+(?:\/[^,]*,)?\d*)?([\s\S]*)$/.exec(text) ?? []);
  return (
    <div className={`frame ${way} ${way === 'note' ? moodOf(text) : ''}`}>
      <span className="sign" aria-hidden="true">
        {signs[way]}
      </span>
      <span className="hidden">{ways[way]} </span>
      <time>{clock(at)}</time>
      <span className="text">
        {way === 'note' ? (
          text
        ) : (
          <>
            <b>{head}</b>
            {body}
          </>
        )}
      </span>
    </div>
  );
}

function Copy({ text }: { text: string }) {
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <button
      type="button"
      className="aside"
      onClick={() => navigator.clipboard?.writeText(text).then(() => setIsCopied(true))}
    >
      {isCopied ? 'Copied' : 'Copy'}
    </button>
  );
}

/** Keeps a list at its end, unless somebody has scrolled away from it. */
function useEndOfList(list: readonly unknown[]) {
  const ref = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const look = () => {
      isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
    };
    element.addEventListener('scroll', look, { passive: true });
    return () => element.removeEventListener('scroll', look);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the list has grown
  useLayoutEffect(() => {
    const element = ref.current;
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [list]);
  return ref;
}
