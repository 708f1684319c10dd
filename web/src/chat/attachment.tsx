import { useEffect, useState } from 'react';
import type { Attachment } from '../client/model.ts';
import { Icon } from './icons.tsx';
import { byteWords } from './times.ts';

/** Only files of this server are shown in place: the page asks nobody else. */
const isOurs = (url: string): boolean => {
  try {
    return new URL(url).origin === location.origin;
  } catch {
    return false;
  }
};

const kindOf = (type = ''): string => type.split('/')[0] ?? '';

export function AttachmentView({ attachment: { url, type, name, size } }: { attachment: Attachment }) {
  const called = name ?? 'File';
  const kind = isOurs(url) ? kindOf(type) : '';
  if (kind === 'image') {
    return (
      <a className="picture" href={url} target="_blank" rel="noopener noreferrer">
        <img src={url} alt={called} loading="lazy" />
      </a>
    );
  }
  // biome-ignore lint/a11y/useMediaCaption: nobody has written any
  if (kind === 'video') return <video className="picture" src={url} controls preload="metadata" />;
  // biome-ignore lint/a11y/useMediaCaption: nobody has written any
  if (kind === 'audio') return <audio src={url} controls preload="metadata" />;
  const isWeb = /^https?:/i.test(url);
  return (
    <a className="file-card" href={isWeb ? url : undefined} target="_blank" rel="noopener noreferrer nofollow">
      <Icon name="file" />
      <span>
        <b dir="auto">{called}</b>
        <span className="soft">
          {[isOurs(url) ? type : hostOf(url), size !== undefined && byteWords(size)].filter(Boolean).join(' · ')}
        </span>
      </span>
    </a>
  );
}

const hostOf = (url: string): string => {
  try {
    return new URL(url).host;
  } catch {
    return '';
  }
};

const largestPreviewBytes = 8_000_000;

/** A picture of a file that lies on this device; undefined while there is none. */
function usePreview(file: File): string | undefined {
  const [picture, setPicture] = useState<string>();
  useEffect(() => {
    if (!/^image\/(png|jpeg|gif|webp|avif)$/.test(file.type) || file.size > largestPreviewBytes) return;
    const reader = new FileReader();
    // A data: address, since the page's own policy lets no blob: address be shown.
    reader.onload = () => setPicture(String(reader.result));
    reader.readAsDataURL(file);
    return () => reader.abort();
  }, [file]);
  return picture;
}

/** A file that is on its way: `progress` from 0 to 1 while it is uploaded. */
export function FilePreview({ file, progress }: { file: File; progress?: number | undefined }) {
  const picture = usePreview(file);
  return (
    <div className="file-preview">
      {picture === undefined ? <Icon name="file" /> : <img src={picture} alt="" />}
      <span>
        <b dir="auto">{file.name}</b>
        <span className="soft">{byteWords(file.size)}</span>
        {progress !== undefined && <progress value={progress} max={1} aria-label={`Uploading ${file.name}`} />}
      </span>
    </div>
  );
}
