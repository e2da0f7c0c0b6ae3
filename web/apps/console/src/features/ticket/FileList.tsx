import type { Attachment } from '@madoguchi/api-client';
import { size, useTranslation } from '@madoguchi/i18n';
import { IconFile, IconFileZip, IconFolder, IconLock, IconPaperclip } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api, fileUrl } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import './files.css';

/** Whether its sender says that it is a ZIP; Office's files are such too, but nobody wants to see theirs. */
const isZip = (file: Attachment) => /\.zip$/i.test(file.name) || /^application\/(x-)?zip(-compressed)?$/i.test(file.type);

/** A message's files, to be saved; a ZIP tells what is in it before anybody opens it. */
export function FileList({ files }: { files: Attachment[] }) {
  const { t } = useTranslation('console');
  const [open, setOpen] = useState<number | null>(null);
  const inside = useId();
  const shown = files.find((a) => a.id === open);
  if (files.length === 0) return null;
  return (
    <>
      <ul className="files" aria-label={t('message.files')}>
        {files.map((a) => (
          <li key={a.id}>
            <a className="file" href={fileUrl(a.url)} download={a.name}>
              <IconPaperclip size={13} aria-hidden="true" />
              <span className="cut">{a.name}</span>
              <em>{size(a.size)}</em>
            </a>
            {isZip(a) && (
              <button
                type="button"
                className="file-z"
                aria-expanded={open === a.id}
                aria-controls={inside}
                onClick={() => setOpen(open === a.id ? null : a.id)}
              >
                <IconFileZip size={13} aria-hidden="true" />
                {t('archive.show')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <div id={inside}>{shown && <Inside file={shown} />}</div>
    </>
  );
}

function Inside({ file: { id: file, name } }: { file: Attachment }) {
  const { t } = useTranslation('console');
  const asked = useQuery({ queryKey: ['archive', file], queryFn: () => api.tickets.entries(file), staleTime: Number.POSITIVE_INFINITY });
  if (asked.isPending) return <p className="zip dim">{t('archive.reading')}</p>;
  if (asked.error) return <p className="zip flaw">{problemText(asked.error, t)}</p>;
  const { entries, count } = asked.data;
  const more = count - entries.length;
  return (
    <section className="zip" aria-label={t('archive.in', { name })}>
      <p className="dim">{t('archive.in', { name })}</p>
      {entries.length === 0 && <p className="dim">{t('archive.empty')}</p>}
      <ul>
        {entries.map((e, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes, and a ZIP may hold a name twice
          <li key={i}>
            {e.name.endsWith('/') ? <IconFolder size={13} aria-hidden="true" /> : <IconFile size={13} aria-hidden="true" />}
            <span>{e.name}</span>
            {e.locked && <IconLock size={12} role="img" aria-label={t('archive.locked')} />}
            {!e.name.endsWith('/') && <em>{size(e.size)}</em>}
          </li>
        ))}
      </ul>
      {more > 0 && <p className="dim">{t('archive.more', { count: more })}</p>}
    </section>
  );
}
