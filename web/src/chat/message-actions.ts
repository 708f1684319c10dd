import type { Message } from '../client/model.ts';

/** What may be done with a message. */
export type MessageActions = {
  readonly onReply: (message: Message) => void;
  readonly onEdit: (message: Message) => void;
  readonly onDelete: (message: Message) => void;
  readonly onReact: (message: Message, emoji: string, isSet: boolean) => void;
};
