import { Fragment, type ReactNode, useMemo } from 'react';
import { blocks, type Inline, mentionOf } from './formatting.ts';

/** A message as its sender meant it. Whatever it contains is drawn as text. */
export function MessageText({ text, myName }: { text: string; myName: string }) {
  const found = useMemo(() => blocks(text), [text]);
  const me = mentionOf(myName).toLowerCase();
  return (
    <div className="text" dir="auto">
      {found.map((block, index) => {
        // biome-ignore-start lint/suspicious/noArrayIndexKey: the text decides what stands where
        if (block.is === 'code')
          return (
            <pre key={index} dir="ltr">
              {block.text}
            </pre>
          );
        const Tag = block.is === 'quote' ? 'blockquote' : 'p';
        return (
          <Tag key={index} dir="auto">
            {drawn(block.inside, me)}
          </Tag>
        );
        // biome-ignore-end lint/suspicious/noArrayIndexKey: the text decides what stands where
      })}
    </div>
  );
}

function drawn(inside: readonly Inline[], me: string): ReactNode {
  return inside.map((each, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: the text decides what stands where
    return <Fragment key={index}>{one(each, me)}</Fragment>;
  });
}

function one(each: Inline, me: string): ReactNode {
  switch (each.is) {
    case 'text':
      return each.text;
    case 'code':
      return <code>{each.text}</code>;
    case 'strong':
      return <strong>{drawn(each.inside, me)}</strong>;
    case 'emphasis':
      return <em>{drawn(each.inside, me)}</em>;
    case 'struck':
      return <s>{drawn(each.inside, me)}</s>;
    case 'mention':
      return <span className={each.text.toLowerCase() === me ? 'mention me' : 'mention'}>{each.text}</span>;
    case 'link':
      return (
        <a href={each.href} target="_blank" rel="noopener noreferrer nofollow">
          {each.text}
        </a>
      );
  }
}
