import { useTranslation } from '@madoguchi/i18n';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useLiveState } from './live.ts';

/** Honest about a lost connection: what is on screen may be old, and what is typed stays. */
export function OfflineStrip() {
  const { t } = useTranslation('console');
  if (useLiveState() !== 'off') return null;
  return (
    <div className="offline" role="status">
      <IconPlugConnectedX size={16} aria-hidden="true" />
      {t('live.off')}
    </div>
  );
}
