import { useEffect, useRef } from 'react';
import type { ConversationView } from '../client/conversation-view.ts';

/** Files may be dropped anywhere on the conversation. */
export function useDrop(
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
    // Words that are dragged belong to the field that they are dropped on.
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setIsOver(true);
    };
    const leave = () => setIsOver(false);
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
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
