import { type FormEvent, useEffect, useRef, useState } from 'react';

export type Deed = {
  readonly title: string;
  readonly consequence: string;
  readonly verb: string;
  /** What is asked for beside a yes; absent: nothing. */
  readonly question?: string;
  /** Rejects in words for people. */
  readonly perform: (answer: string) => Promise<void>;
};

/** Asks before something is done that others notice. */
export function Confirm({ deed, onDone }: { deed: Deed; onDone: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [answer, setAnswer] = useState('');
  const [problem, setProblem] = useState<string>();
  const [isUnderWay, setIsUnderWay] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setIsUnderWay(true);
    try {
      await deed.perform(answer.trim());
      // Closed, it gives the focus back to where it was.
      dialog.current?.close();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setIsUnderWay(false);
    }
  };
  return (
    <dialog ref={dialog} className="confirm" aria-labelledby="confirm-title" onClose={onDone}>
      <form onSubmit={submit}>
        <h2 id="confirm-title">{deed.title}</h2>
        <p>{deed.consequence}</p>
        {deed.question !== undefined && (
          <label>
            {deed.question}
            <input
              className="field"
              maxLength={500}
              value={answer}
              onChange={({ target }) => setAnswer(target.value)}
            />
          </label>
        )}
        {problem !== undefined && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <div className="confirm-actions">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" className="button danger" disabled={isUnderWay}>
            {deed.verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}
