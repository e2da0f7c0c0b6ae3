import { size, useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { IconFileAlert, IconPaperclip, IconRefresh, IconX } from '@tabler/icons-react';
import { problemText } from '../../app/Pages.tsx';
import type { Upload, Uploads } from './uploads.ts';
import './uploads.css';

export function UploadList({ uploads }: { uploads: Uploads }) {
  const { t } = useTranslation('console');
  if (uploads.list.length === 0) return null;
  return (
    <>
      <ul className="ups" aria-label={t('message.files')}>
        {uploads.list.map((u) => (
          <li key={u.key} className="up" data-error={!!u.error || !!u.lost || undefined}>
            <IconPaperclip size={13} aria-hidden="true" />
            <span className="cut">{u.name}</span>
            <State upload={u} />
            {u.id === null && !u.error && !u.lost && (
              <progress max={1} value={u.share} aria-label={t('composer.uploading', { name: u.name })} />
            )}
            {!!u.error && (
              <button type="button" aria-label={t('composer.uploadAgain', { name: u.name })} onClick={() => uploads.again(u)}>
                <IconRefresh size={14} />
              </button>
            )}
            <button type="button" aria-label={t('composer.uploadRemove', { name: u.name })} onClick={() => uploads.remove(u)}>
              <IconX size={14} />
            </button>
          </li>
        ))}
      </ul>
      <Lost uploads={uploads} why="unfinished" />
      <Lost uploads={uploads} why="gone" />
    </>
  );
}

function State({ upload: u }: { upload: Upload }) {
  const { t } = useTranslation('console');
  if (u.error) return <em>{problemText(u.error, t)}</em>;
  if (u.lost) return <em>{t('composer.lost')}</em>;
  return <em>{u.id === null ? `${Math.round(u.share * 100)}%` : size(u.size)}</em>;
}

/** Files of which only the names were found again: why, and what to do. Nothing is sent as if they were there. */
function Lost({ uploads, why }: { uploads: Uploads; why: NonNullable<Upload['lost']> }) {
  const { t } = useTranslation('console');
  const lost = uploads.list.filter((u) => u.lost === why);
  if (lost.length === 0) return null;
  const names = lost.map((u) => t('composer.lostName', { name: u.name })).join(t('value.comma'));
  return (
    <Notice tone="shu" role="alert">
      <IconFileAlert size={16} aria-hidden="true" />
      <span className="grow">{t(why === 'gone' ? 'composer.lostGone' : 'composer.lostUnfinished', { names })}</span>
      <Button onClick={() => uploads.remove(...lost)}>{t('composer.lostRemove')}</Button>
    </Notice>
  );
}
