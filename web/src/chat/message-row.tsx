import './message.css';
import { type KeyboardEvent, memo, type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import type { Message, Outgoing, User } from '../client/model.ts';
import { AttachmentView, FilePreview } from './attachment.tsx';
import { Avatar } from './avatar.tsx';
import { plainText } from './formatting.ts';
import { Icon } from './icons.tsx';
import type { MessageActions } from './message-actions.ts';
import { MessageText } from './message-text.tsx';
import { clockTime, fullTime } from './times.ts';

const emojis = ['👍', '❤️', '😂', '🎉', '😮', '😢'] as const;

type RowProps = {
  readonly message: Message;
  readonly isFirst: boolean;
  readonly isOwn: boolean;
  readonly isMarked: boolean;
  readonly name: string;
  readonly names: ReadonlyMap<string, string>;
  readonly me: User;
  readonly readBy: number;
  readonly mayDelete: boolean;
  readonly onGoTo: (messageId: string) => void;
} & MessageActions;

/** One message that the server has. */
export const MessageRow = memo(function MessageRow(props: RowProps) {
  const { message, isFirst, isOwn, isMarked, name, me, names, readBy, onGoTo, onReact } = props;
  const { at, text, attachment, replyTo, editedAt, deletedAt, reactions = [] } = message;
  const isDeleted = deletedAt !== undefined;
  // Most rows only pass by: their buttons are made when somebody turns to them.
  const [isMet, setIsMet] = useState(false);
  const meet = () => setIsMet(true);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || isDeleted) return;
    const act = { r: props.onReply, e: isOwn ? props.onEdit : undefined }[event.key];
    if (!act) return;
    event.preventDefault();
    act(message);
  };
  return (
    <article
      className={`message${isOwn ? ' own' : ''}${isFirst ? ' first' : ''}${isMarked ? ' marked' : ''}`}
      aria-label={`${name}, ${clockTime(at)}`}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onFocus={meet}
      onPointerEnter={meet}
      // A row that appears under a pointer at rest is never entered.
      onPointerMove={isMet ? undefined : meet}
    >
      {!isOwn && (
        <span className="avatar-place">{isFirst && <Avatar id={message.senderId} name={name} size={32} />}</span>
      )}
      <div className="bubble-column">
        {isFirst && !isOwn && (
          <span className="sender" dir="auto">
            {name}
          </span>
        )}
        <div className="bubble">
          {replyTo && (
            <button type="button" className="quote" onClick={() => onGoTo(replyTo.id)}>
              <b dir="auto">{names.get(replyTo.senderId) ?? replyTo.senderName ?? replyTo.senderId}</b>
              <span dir="auto">{plainText(replyTo.text) || 'Message deleted'}</span>
            </button>
          )}
          {isDeleted ? <p className="gone">Message deleted</p> : <MessageText text={text} myName={me.name} />}
          {attachment && <AttachmentView attachment={attachment} />}
          <span className="meta">
            {editedAt !== undefined && !isDeleted && 'edited '}
            <time title={fullTime(at)}>{clockTime(at)}</time>
            {isOwn && (
              <span className={readBy > 0 ? 'ticks read' : 'ticks'} title={readBy > 0 ? `Read by ${readBy}` : 'Sent'}>
                <span aria-hidden="true">{readBy > 0 ? '✓✓' : '✓'}</span>
                <span className="hidden">{readBy > 0 ? 'read' : 'sent'}</span>
              </span>
            )}
          </span>
        </div>
        {reactions.length > 0 && (
          <div className="reactions">
            {reactions.map(({ emoji, userIds }) => {
              const isMine = userIds.includes(me.id);
              return (
                <button
                  key={emoji}
                  type="button"
                  aria-pressed={isMine}
                  title={userIds.map((id) => names.get(id) ?? id).join(', ')}
                  onClick={() => onReact(message, emoji, !isMine)}
                >
                  {emoji} {userIds.length}
                </button>
              );
            })}
          </div>
        )}
      </div>
      {isMet && !isDeleted && <Toolbar {...props} />}
    </article>
  );
});

function Toolbar({ message, isOwn, mayDelete, me, onReply, onEdit, onDelete, onReact }: RowProps) {
  const [offers, setOffers] = useState<'tools' | 'emojis' | 'deletion'>('tools');
  const bar = useRef<HTMLDivElement>(null);
  const isByKeyboard = useRef(false);
  const turnTo = (next: typeof offers) => {
    isByKeyboard.current = bar.current?.querySelector(':focus-visible') !== null;
    setOffers(next);
  };
  // The button that was pressed goes with the others: who came by keyboard would be nowhere.
  useLayoutEffect(() => {
    if (!isByKeyboard.current) return;
    isByKeyboard.current = false;
    const next =
      offers === 'tools' ? bar.current?.closest<HTMLElement>('.message') : bar.current?.querySelector('button');
    next?.focus();
  }, [offers]);
  const mine = new Set(message.reactions?.flatMap(({ emoji, userIds }) => (userIds.includes(me.id) ? [emoji] : [])));
  const tool = (label: string, icon: ReactNode, act: () => void) => (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={act}>
      {icon}
    </button>
  );
  return (
    <div
      ref={bar}
      className={offers === 'tools' ? 'toolbar' : 'toolbar open'}
      role="toolbar"
      aria-label="This message"
      onKeyDown={({ key }) => key === 'Escape' && turnTo('tools')}
    >
      {offers === 'emojis' ? (
        <>
          {emojis.map((emoji) => (
            <button
              key={emoji}
              type="button"
              className="icon-button"
              aria-pressed={mine.has(emoji)}
              aria-label={`React with ${emoji}`}
              onClick={() => {
                onReact(message, emoji, !mine.has(emoji));
                turnTo('tools');
              }}
            >
              {emoji}
            </button>
          ))}
          {tool('Close', <Icon name="close" size={16} />, () => turnTo('tools'))}
        </>
      ) : offers === 'deletion' ? (
        <>
          <button
            type="button"
            className="button"
            onClick={() => {
              onDelete(message);
              turnTo('tools');
            }}
          >
            Delete for everybody
          </button>
          <button type="button" className="button" onClick={() => turnTo('tools')}>
            Keep
          </button>
        </>
      ) : (
        <>
          {tool('React', <Icon name="smile" size={17} />, () => turnTo('emojis'))}
          {tool('Reply (R)', <Icon name="reply" size={17} />, () => onReply(message))}
          {isOwn && tool('Edit (E)', <Icon name="edit" size={17} />, () => onEdit(message))}
          {mayDelete && tool('Delete', <Icon name="remove" size={17} />, () => turnTo('deletion'))}
        </>
      )}
    </div>
  );
}

/** One message that the server does not have yet. */
export function OutgoingRow({
  outgoing,
  me,
  onRetry,
  onDiscard,
}: {
  outgoing: Outgoing;
  me: User;
  onRetry: () => void;
  onDiscard: () => void;
}) {
  const { text, file, attachment, at, state } = outgoing;
  const isUploading = state.is === 'sending' && file !== undefined && attachment === undefined;
  const words = { waiting: 'waiting', sending: 'sending…', failed: 'not sent' } as const;
  return (
    <article className={`message own outgoing ${state.is}`} aria-label={`You, ${words[state.is]}`} tabIndex={-1}>
      <div className="bubble-column">
        <div className="bubble">
          {text !== '' && <MessageText text={text} myName={me.name} />}
          {file && <FilePreview file={file} progress={state.is === 'sending' ? state.progress : undefined} />}
          <span className="meta">
            <time>{clockTime(at)}</time> <span className="state">{words[state.is]}</span>
          </span>
        </div>
        {state.is === 'failed' && (
          <div className="failure" role="alert">
            <span>{state.why}</span>
            <button type="button" className="button" onClick={onRetry}>
              Try again
            </button>
            <button type="button" className="button" onClick={onDiscard}>
              Discard
            </button>
          </div>
        )}
        {(state.is === 'waiting' || isUploading) && (
          <button type="button" className="discard" onClick={onDiscard}>
            Do not send
          </button>
        )}
      </div>
    </article>
  );
}
