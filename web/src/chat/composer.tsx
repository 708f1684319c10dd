import './composer.css';
import {
  type ClipboardEvent,
  type FormEvent,
  type KeyboardEvent,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { ConversationView } from '../client/conversation-view.ts';
import type { Member, Message } from '../client/model.ts';
import { FilePreview } from './attachment.tsx';
import { Icon } from './icons.tsx';
import { pastedFiles } from './pasted-files.ts';
import { byteWords } from './times.ts';
import { toast } from './toasts.ts';
import { useDrop } from './use-drop.ts';
import { useMention } from './use-mention.tsx';

/** What the next words are for. */
export type Intent =
  | { readonly is: 'say' }
  | { readonly is: 'reply'; readonly message: Message }
  /** `words`: an edit of it that could not be made. */
  | { readonly is: 'edit'; readonly message: Message; readonly words?: string };

type Draft = { readonly text: string; readonly files: readonly File[] };
const nothing: Draft = { text: '', files: [] };
/** What was begun and not said, by user and conversation, while the page is open. */
const begun = new Map<string, Draft>();
const filesAtOnce = 10;

const isGone = (view: ConversationView, { id }: Message): boolean =>
  view.timeline.get().messages.some((each) => each.id === id && each.deletedAt !== undefined);

export function Composer({
  view,
  userId,
  members,
  names,
  intent,
  fileLimitBytes,
  onDone,
  onNotChanged,
  onEditLast,
}: {
  view: ConversationView;
  userId: string;
  members: readonly Member[];
  names: ReadonlyMap<string, string>;
  intent: Intent;
  fileLimitBytes: number;
  onDone: () => void;
  /** An edit was refused, or could not be told. */
  onNotChanged: (message: Message, words: string) => void;
  onEditLast: () => void;
}) {
  const draftKey = `${userId}\n${view.id}`;
  const [draft, setDraft] = useState(begun.get(draftKey) ?? nothing);
  const [edited, setEdited] = useState('');
  const [isOver, setIsOver] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  // What was begun waits while something else is edited.
  const text = intent.is === 'edit' ? edited : draft.text;
  const { files } = draft;
  const keep = (next: Draft) => {
    setDraft(next);
    begun.set(draftKey, next);
  };
  const write = (next: string) => {
    if (intent.is === 'edit') return setEdited(next);
    keep({ ...draft, text: next });
    view.setTyping(next.trim() !== '');
  };
  const mention = useMention(text, write, members, area);

  // Before the next key: what is typed at once goes into the text that is edited, and not before it.
  useLayoutEffect(() => {
    if (intent.is === 'edit') setEdited(intent.words ?? intent.message.text);
    if (matchMedia('(hover: hover)').matches || intent.is !== 'say') area.current?.focus();
  }, [intent]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: its height follows what is in it
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight + 2, 200)}px`;
  }, [text]);
  useEffect(() => () => view.setTyping(false), [view]);

  const add = (more: readonly File[]) => {
    const tooLarge = more.filter(({ size }) => size > fileLimitBytes);
    for (const { name } of tooLarge) toast('Too large', `${name} is over ${byteWords(fileLimitBytes)}.`);
    const all = [...draft.files, ...more.filter((file) => !tooLarge.includes(file))];
    const left = all.slice(filesAtOnce).map(({ name }) => name);
    if (left.length > 0) toast('Too many', `${filesAtOnce} files go at once, without ${left.join(', ')}.`);
    keep({ ...draft, files: all.slice(0, filesAtOnce) });
  };
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const words = text.trim();
    if (intent.is === 'edit') {
      const { message } = intent;
      onDone();
      if (words === '' || words === message.text) return;
      view.edit(message.id, words).catch((error: Error) => {
        toast('Not changed', error.message);
        onNotChanged(message, words);
      });
      return;
    }
    if (words === '' && files.length === 0) return;
    if (intent.is === 'reply' && isGone(view, intent.message)) {
      toast('Deleted meanwhile', 'What you answer is gone. Send once more to say this without it.');
      onDone();
      return;
    }
    const replyToId = intent.is === 'reply' ? intent.message.id : undefined;
    const reply = replyToId !== undefined && { replyToId };
    const [first, ...rest] = files;
    view.send({ text: words, ...reply, ...(first && { file: first }) });
    for (const file of rest) view.send({ text: '', file });
    keep(nothing);
    view.setTyping(false);
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // These keys choose among the characters that an input method offers.
    if (event.nativeEvent.isComposing || mention.onKeyDown(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && intent.is !== 'say') {
      onDone();
    } else if (event.key === 'ArrowUp' && text === '' && intent.is === 'say') {
      event.preventDefault();
      onEditLast();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = pastedFiles(event.clipboardData);
    if (pasted.length === 0) return;
    event.preventDefault();
    add(pasted);
  };
  useDrop(view, add, setIsOver);

  return (
    <form className={isOver ? 'composer over' : 'composer'} onSubmit={send}>
      {intent.is !== 'say' && (
        <div className="intent">
          <Icon name={intent.is === 'edit' ? 'edit' : 'reply'} size={16} />
          <span>
            <b>
              {intent.is === 'edit'
                ? 'Edit'
                : `Reply to ${names.get(intent.message.senderId) ?? intent.message.senderName ?? ''}`}
            </b>
            <span className="soft" dir="auto">
              {intent.message.text || intent.message.attachment?.name}
            </span>
          </span>
          <button type="button" className="icon-button" aria-label="Cancel" onClick={onDone}>
            <Icon name="close" size={16} />
          </button>
        </div>
      )}
      {files.length > 0 && (
        <ul className="chosen-files">
          {files.map((file, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same file may be there twice
            <li key={index}>
              <FilePreview file={file} />
              <button
                type="button"
                className="icon-button"
                aria-label={`Remove ${file.name}`}
                onClick={() => keep({ ...draft, files: files.toSpliced(index, 1) })}
              >
                <Icon name="close" size={16} />
              </button>
            </li>
          ))}
        </ul>
      )}
      {mention.list}
      <div className="composer-row">
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={({ target }) => {
            add([...(target.files ?? [])]);
            target.value = '';
          }}
        />
        <button
          type="button"
          className="icon-button"
          aria-label="Attach a file"
          title="Attach a file"
          onClick={() => picker.current?.click()}
        >
          <Icon name="attach" />
        </button>
        <textarea
          ref={area}
          className="field"
          rows={1}
          dir="auto"
          aria-label="Message"
          placeholder="Message"
          enterKeyHint="send"
          value={text}
          onChange={({ target }) => write(target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={() => view.setTyping(false)}
        />
        <button
          type="submit"
          className="send"
          // The field keeps the focus, and a phone its keyboard.
          onMouseDown={(event) => event.preventDefault()}
          aria-label={intent.is === 'edit' ? 'Save' : 'Send'}
          disabled={text.trim() === '' && (intent.is === 'edit' || files.length === 0)}
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}
