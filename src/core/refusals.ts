/**
 * A refusal answers a command: it ends nothing and nobody. Each code has its words and says whether trying again helps.
 * Words say what to do; a dialect puts them into its own form.
 */
export const refusalWords = {
  /** Also for what the user may not know of: the two must read the same. */
  NOT_FOUND: 'Conversation not found. Check the id, or ask to be added to it.',
  MESSAGE_NOT_FOUND: 'Message not found in this conversation. Check the message id.',
  FILE_NOT_FOUND: 'File not found. Upload it first and send the id of the answer.',
  USER_NOT_FOUND: 'User not found. Check the user id.',
  WEBHOOK_NOT_FOUND: 'Webhook not found. Check the id.',
  NOTIFICATION_NOT_FOUND: 'Notification not found. Check the id.',
  FORBIDDEN: 'You may not do this here. Ask an owner of the conversation or an admin.',
  INVALID: 'The payload does not fit this event. Check its fields and their types.',
  MISSING_CONTENT: 'Message content is missing. Send a text or an attachment.',
  MALFORMED: 'This is not valid JSON. Send one JSON object.',
  TOO_LARGE: 'The payload is too large. Send less at once.',
  UNKNOWN_EVENT: 'This event is not known. Check its name.',
  BLOCKED: 'This user takes no messages from you.',
  CONVERSATION_CLOSED: 'This chat is closed. Ask an admin to reopen it.',
  CONVERSATION_TAKEN: 'Another admin has taken this chat. Choose another one, or assign it by name.',
  CONVERSATION_EXISTS: 'A conversation with this id cannot be created. Choose another id.',
  RATE_LIMITED: 'Too many requests. Slow down and try again later.',
  UNAVAILABLE: 'The server cannot store this right now. Try again shortly.',
  UNAUTHENTICATED: 'Authentication error. Send a valid token.',
} as const;

export type RefusalCode = keyof typeof refusalWords;

export type Refusal = {
  readonly refused: RefusalCode;
  /** What to do, for a person to read. */
  readonly message: string;
  /** When trying the same again may succeed; absent when it will not. */
  readonly retryAfterMs?: number;
};

/** A refusal with the words of its code, or with more precise ones. */
export function refuse(
  code: RefusalCode,
  more: { readonly message?: string; readonly retryAfterMs?: number } = {},
): Refusal {
  return { refused: code, message: refusalWords[code], ...more };
}

/** Narrows an outcome. */
export function isRefusal(outcome: object): outcome is Refusal {
  // Asked many times of every message: looking whether it is in there takes longer than looking at it.
  return (outcome as Partial<Refusal>).refused !== undefined;
}
