import { setTimeout as wait } from 'node:timers/promises';
import type { AppendItem, AppendOutcome, Draft, Store } from '../../src/app/ports.ts';
import type { Entry } from '../../src/core/events.ts';

/** How long what was answered already is not on disk yet. */
const lagMs = 60;

type Said = Extract<Draft, { type: 'MessageSent' }>;

/** A store that answers messages before it has committed them: what a kill in between takes away was acknowledged. */
export function hastyStore(store: Store): Pick<Store, 'append'> {
  let turn: Promise<unknown> = Promise.resolve();
  let committing: Promise<unknown> = Promise.resolve();
  let head: number | undefined;
  const ordinals = new Map<string, number>();
  const keys = new Set<string>();

  const commitOf = (items: readonly AppendItem[], afterMs: number) => {
    const committed = Promise.all([wait(afterMs), committing]).then(() => store.append(items));
    committing = committed.catch(() => undefined);
    return committed;
  };

  const forge = async (item: AppendItem, said: Said): Promise<AppendOutcome> => {
    const { conversationId, message } = said;
    const before = ordinals.get(conversationId) ?? (await store.loadConversation(conversationId)).value?.ordinal ?? 0;
    ordinals.set(conversationId, before + 1);
    head = (head ?? (await store.head()).position) + 1;
    const event = { ...said, message: { ...message, id: head, ordinal: before + 1 } };
    return { ok: true, entries: [{ position: head, at: item.at, event } satisfies Entry] };
  };

  const answer = async (items: readonly AppendItem[]): Promise<readonly AppendOutcome[]> => {
    const [item] = items;
    const [said] = item?.drafts ?? [];
    const isPlain = items.length === 1 && item?.drafts.length === 1 && item.session === undefined;
    if (item && isPlain && said?.type === 'MessageSent' && (await isNew(said))) {
      const forged = await forge(item, said);
      commitOf(items, lagMs).catch(() => undefined);
      return forged ? [forged] : [];
    }
    const outcomes = await commitOf(items, 0);
    head = undefined;
    ordinals.clear();
    return outcomes;
  };

  const isNew = async ({ conversationId, message }: Said): Promise<boolean> => {
    const { clientMessageId, sender } = message;
    if (clientMessageId === undefined) return false;
    const key = `${conversationId} ${sender.id} ${clientMessageId}`;
    if (keys.has(key)) return false;
    keys.add(key);
    return (await store.findByClientMessageId(conversationId, sender.id, clientMessageId)) === undefined;
  };

  return {
    append(items) {
      const answered = turn.then(() => answer(items));
      turn = answered.catch(() => undefined);
      return answered;
    },
  };
}
