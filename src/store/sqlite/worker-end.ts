import { parentPort } from 'node:worker_threads';

/** What is asked about: its JSON text, or several texts. */
export type Text = string | readonly string[];
/** One of what travels to a worker together: a number that the answer repeats, what is asked, and about what. */
export type Question = readonly [id: number, asked: string, text: Text];
/** One of what comes back together: the answer's text, or what went wrong. Number 0 says that the worker is ready. */
export type Answer = readonly [id: number, text: string, isFailure: boolean];

/** Waking the other thread costs more than a small reading does; more at once would keep it waiting for the first ones. */
const answersTogether = 32;

/**
 * The worker's end: opens with `open` and answers one question after the other; `close` is run when asked to stop.
 * A failure to open is told and ends the worker; a failure to answer is told and ends nothing.
 */
export function answerQuestions(
  open: () => { readonly answer: (asked: string, text: Text) => string; readonly close: () => void },
): void {
  const port = parentPort;
  if (port === null) throw new Error('This file runs as a worker thread only.');
  const tell = (answers: readonly Answer[]): void => port.postMessage(answers);
  const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

  let opened: ReturnType<typeof open>;
  try {
    opened = open();
  } catch (error) {
    tell([[0, words(error), true]]);
    port.close();
    return;
  }
  const answerTo = ([id, asked, text]: Question): Answer => {
    try {
      if (asked === 'close') opened.close();
      return [id, asked === 'close' ? '' : opened.answer(asked, text), false];
    } catch (error) {
      return [id, words(error), true];
    }
  };
  port.on('message', (questions: readonly Question[]) => {
    let answers: Answer[] = [];
    for (const question of questions) {
      answers.push(answerTo(question));
      if (answers.length < answersTogether) continue;
      tell(answers);
      answers = [];
    }
    if (answers.length > 0) tell(answers);
    if (questions.some(([, asked]) => asked === 'close')) port.close();
  });
  tell([[0, '', false]]);
}
