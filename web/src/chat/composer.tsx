import './composer.css';
import {
  type ClipboardEvent,
  type FormEvent,
  type KeyboardEvent,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { ConversationView } from '../client/conversation-view.ts';
import type { Member, Message } from '../client/model.ts';
import { toast } from './alerts.ts';
import { FilePreview } from './attachment.tsx';
import { mentionOf } from './formatting.ts';
import { Icon } from './icons.tsx';
import { byteWords } from './times.ts';

/** What the next words are for. */
export type Intent =
  | { readonly is: 'say' }
  | { readonly is: 'reply'; readonly message: Message }
  | { readonly is: 'edit'; readonly message: Message };

/** What was begun and not said, by conversation, while the page is open. */
const begun = new Map<string, string>();

export function Composer({
  view,
  members,
  names,
  intent,
  fileLimitBytes,
  onDone,
  onEditLast,
}: {
  view: ConversationView;
  members: readonly Member[];
  names: ReadonlyMap<string, string>;
  intent: Intent;
  fileLimitBytes: number;
  onDone: () => void;
  onEditLast: () => void;
}) {
  const [text, setText] = useState(begun.get(view.id) ?? '');
  const [files, setFiles] = useState<readonly File[]>([]);
  const [isOver, setIsOver] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const mention = useMention(text, setText, members, area);

  // Before the next key: what is typed at once goes into the text that is edited, and not before it.
  useLayoutEffect(() => {
    if (intent.is === 'edit') setText(intent.message.text);
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

  const write = (next: string) => {
    setText(next);
    if (intent.is !== 'edit') {
      begun.set(view.id, next);
      view.setTyping(next.trim() !== '');
    }
  };
  const add = (more: readonly File[]) => {
    const tooLarge = more.filter(({ size }) => size > fileLimitBytes);
    for (const { name } of tooLarge) toast('Too large', `${name} is over ${byteWords(fileLimitBytes)}.`);
    setFiles((list) => [...list, ...more.filter((file) => !tooLarge.includes(file))].slice(0, 10));
  };
  const end = () => {
    setText('');
    begun.delete(view.id);
    view.setTyping(false);
    onDone();
  };
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const words = text.trim();
    if (intent.is === 'edit') {
      if (words !== '' && words !== intent.message.text) {
        view.edit(intent.message.id, words).catch((error: Error) => toast('Not changed', error.message));
      }
      end();
      return;
    }
    if (words === '' && files.length === 0) return;
    const replyToId = intent.is === 'reply' ? intent.message.id : undefined;
    const reply = replyToId !== undefined && { replyToId };
    const [first, ...rest] = files;
    view.send({ text: words, ...reply, ...(first && { file: first }) });
    for (const file of rest) view.send({ text: '', file });
    setFiles([]);
    end();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (mention.onKeyDown(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && intent.is !== 'say') {
      end();
    } else if (event.key === 'ArrowUp' && text === '' && intent.is === 'say') {
      event.preventDefault();
      onEditLast();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files];
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
          <button type="button" className="icon-button" aria-label="Cancel" onClick={end}>
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
                onClick={() => setFiles(files.toSpliced(index, 1))}
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
          aria-label={intent.is === 'edit' ? 'Save' : 'Send'}
          disabled={text.trim() === '' && files.length === 0}
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}

/** Files may be dropped anywhere on the conversation. */
function useDrop(
  view: ConversationView,
  add: (files: readonly File[]) => void,
  setIsOver: (isOver: boolean) => void,
): void {
  const adding = useRef(add);
  adding.current = add;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each conversation has a page of its own
  useEffect(() => {
    const page = document.querySelector<HTMLElement>('.conversation');
    if (!page) return;
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setIsOver(true);
    };
    const leave = () => setIsOver(false);
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setIsOver(false);
      adding.current([...(event.dataTransfer?.files ?? [])]);
    };
    page.addEventListener('dragover', over);
    page.addEventListener('dragleave', leave);
    page.addEventListener('drop', drop);
    return () => {
      page.removeEventListener('dragover', over);
      page.removeEventListener('dragleave', leave);
      page.removeEventListener('drop', drop);
    };
  }, [view]);
}

/** Offers the members whose name begins as what stands behind the last @. */
function useMention(
  text: string,
  setText: (text: string) => void,
  members: readonly Member[],
  area: React.RefObject<HTMLTextAreaElement | null>,
) {
  const [chosen, setChosen] = useState(0);
  const [dismissed, setDismissed] = useState<string>();
  const begun = /(?:^|\s)@([\p{L}\p{N}_.-]*)$/u.exec(text)?.[1];
  const offers = useMemo(() => {
    if (begun === undefined || begun === dismissed) return [];
    const wanted = begun.toLowerCase();
    return members.filter(({ user }) => mentionOf(user.name).slice(1).toLowerCase().startsWith(wanted)).slice(0, 6);
  }, [begun, dismissed, members]);
  const at = Math.min(chosen, offers.length - 1);
  const take = (member: Member | undefined) => {
    if (!member || begun === undefined) return;
    setText(`${text.slice(0, text.length - begun.length - 1)}${mentionOf(member.user.name)} `);
    setChosen(0);
    area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (offers.length === 0) return false;
    if (event.key === 'ArrowDown') setChosen((at + 1) % offers.length);
    else if (event.key === 'ArrowUp') setChosen((at + offers.length - 1) % offers.length);
    else if (event.key === 'Enter' || event.key === 'Tab') take(offers[at]);
    else if (event.key === 'Escape') setDismissed(begun);
    else return false;
    event.preventDefault();
    return true;
  };
  const list = offers.length > 0 && (
    <ul className="offers" aria-label="Members to mention">
      {offers.map((member, index) => (
        <li key={member.user.id}>
          <button type="button" aria-current={index === at} onClick={() => take(member)}>
            <b dir="auto">{member.user.name}</b> <span className="soft">{member.user.id}</span>
          </button>
        </li>
      ))}
    </ul>
  );
  return { list, onKeyDown };
}
