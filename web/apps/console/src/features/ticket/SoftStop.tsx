import type { Message, TimelineItem } from '@madoguchi/api-client';
import { brief, useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { IconUsers } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { usePlace } from '../../app/session.ts';

const newestPublic = (items: TimelineItem[]): Message | null => {
  for (let i = items.length - 1; i >= 0; i--) {
    const x = items[i];
    if (x?.kind === 'message' && x.message.visibility === 'public' && x.message.delivery?.state !== 'withdrawn') return x.message;
  }
  return null;
};

/** Remembers what had been said when the writing began; another public message since then asks before sending. */
export function useSoftStop(items: TimelineItem[], writing: boolean) {
  const latest = newestPublic(items);
  const base = useRef<number | null>(null);
  const [asking, setAsking] = useState<{ state?: string } | null>(null);
  useEffect(() => {
    if (!writing) base.current = null;
    else if (base.current === null && latest) base.current = latest.id;
  }, [writing, latest]);
  const newer = writing && base.current !== null && latest && latest.id > base.current ? latest : null;
  return {
    newer,
    asking,
    ask: (state?: string) => setAsking({ state }),
    reset: () => {
      base.current = null;
      setAsking(null);
    },
  };
}

export function SoftStop({ stop, onSend }: { stop: ReturnType<typeof useSoftStop>; onSend: (state?: string) => void }) {
  const { t } = useTranslation('console');
  const place = usePlace();
  if (!stop.asking || !stop.newer) return null;
  const m = stop.newer;
  return (
    <Notice tone="fuji" role="alert">
      <IconUsers size={16} aria-hidden="true" />
      <span className="grow">{t('composer.newer', { name: m.author.name, when: brief(m.occurred_at, Date.now(), place) })}</span>
      <Button onClick={stop.reset}>{t('composer.look')}</Button>
      <Button onClick={() => onSend(stop.asking?.state)}>{t('composer.sendAnyway')}</Button>
    </Notice>
  );
}
