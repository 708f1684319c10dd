import { parentPort } from 'node:worker_threads';

/** What travels to a worker: a number that the answer repeats, what is asked, and its JSON text. */
export type Question = readonly [id: number, asked: string, text: string];
/** What comes back: the answer's text, or what went wrong. Number 0 says that the worker is ready. */
export type Answer = readonly [id: number, text: string, isFailure: boolean];

/**
 * The worker's end: opens with `open` and answers one question after the other; `close` is run when asked to stop.
 * A failure to open is told and ends the worker; a failure to answer is told and ends nothing.
 */
export function answerQuestions(
  open: () => { readonly answer: (asked: string, text: string) => string; readonly close: () => void },
): void {
  const port = parentPort;
  if (port === null) throw new Error('This file runs as a worker thread only.');
  const tell = (...answer: Answer): void => port.postMessage(answer);
  const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

  let opened: ReturnType<typeof open>;
  try {
    opened = open();
  } catch (error) {
    tell(0, words(error), true);
    port.close();
    return;
  }
  port.on('message', ([id, asked, text]: Question) => {
    try {
      if (asked === 'close') opened.close();
      tell(id, asked === 'close' ? '' : opened.answer(asked, text), false);
    } catch (error) {
      tell(id, words(error), true);
    }
    if (asked === 'close') port.close();
  });
  tell(0, '', false);
}
