/** What only those need who are signed in: it comes beside the first page, not before it. */
export { ChatClient } from '../client/client.ts';
export { indexedDbOutbox } from '../client/outbox.ts';
export { Chat } from './chat.tsx';
