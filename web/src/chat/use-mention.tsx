import { type KeyboardEvent, type RefObject, useMemo, useState } from 'react';
import type { Member } from '../client/model.ts';
import { mentionOf } from './formatting.ts';

/** Offers the members whose name begins as what stands behind the last @. */
export function useMention(
  text: string,
  write: (text: string) => void,
  members: readonly Member[],
  area: RefObject<HTMLTextAreaElement | null>,
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
    write(`${text.slice(0, text.length - begun.length - 1)}${mentionOf(member.user.name)} `);
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
