import { size, useTranslation } from '@madoguchi/i18n';
import { IconPaperclip, IconRefresh, IconX } from '@tabler/icons-react';
import { problemText } from '../../app/Pages.tsx';
import type { Uploads } from './uploads.ts';

export function UploadList({ uploads }: { uploads: Uploads }) {
  const { t } = useTranslation('console');
  if (uploads.list.length === 0) return null;
  return (
    <ul className="ups" aria-label={t('message.files')}>
      {uploads.list.map((u) => (
        <li key={u.key} className="up" data-error={!!u.error || undefined}>
          <IconPaperclip size={13} aria-hidden="true" />
          <span className="cut">{u.file.name}</span>
          <em>{u.error ? problemText(u.error, t) : u.done ? size(u.file.size) : `${Math.round(u.share * 100)}%`}</em>
          {!u.done && !u.error && <progress max={1} value={u.share} aria-label={t('composer.uploading', { name: u.file.name })} />}
          {!!u.error && (
            <button type="button" aria-label={t('composer.uploadAgain', { name: u.file.name })} onClick={() => uploads.again(u)}>
              <IconRefresh size={14} />
            </button>
          )}
          <button type="button" aria-label={t('composer.uploadRemove', { name: u.file.name })} onClick={() => uploads.remove(u)}>
            <IconX size={14} />
          </button>
        </li>
      ))}
    </ul>
  );
}
