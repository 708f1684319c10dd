import type { Presence } from '../client/model.ts';

function hueOf(id: string): number {
  let hash = 7;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 3600;
  return hash % 360;
}

const lettersOf = (name: string): string => {
  const words = name
    .replace(/[^\p{L}\p{N}\s]/gu, '')
    .split(/\s+/)
    .filter(Boolean);
  const letters =
    words.length > 1
      ? [words[0], words.at(-1)].map((word) => [...(word ?? '')][0])
      : [...(words[0] ?? '?')].slice(0, 2);
  return letters.join('').toUpperCase();
};

/** A round picture of letters, with a dot for how reachable somebody is. The name stands beside it. */
export function Avatar({
  id,
  name,
  presence,
  size = 40,
}: {
  id: string;
  name: string;
  presence?: Presence | undefined;
  size?: number;
}) {
  return (
    <span
      className="avatar"
      aria-hidden="true"
      style={{ width: size, height: size, fontSize: size * 0.38, background: `hsl(${hueOf(id)} 44% 33%)` }}
    >
      {lettersOf(name)}
      {presence && <span className={`dot ${presence.status}`} />}
    </span>
  );
}
