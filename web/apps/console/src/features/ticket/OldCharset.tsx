import type { Id } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { useSettled } from '../../app/useSettled.ts';
import { calledBy, isBelow } from './addresses.ts';
import { type Draft, saidIn } from './draft.ts';
import type { Readers } from './readers.ts';
import { useWayOut } from './WayOutNotice.tsx';

interface Props {
  ticket: Id;
  subject: string;
  draft: Draft;
  readers: Readers;
}

/** Tells, while it is written, that a reader's mail program knows no UTF-8, and which signs they will not see. */
export function OldCharset({ ticket, subject, draft, readers }: Props) {
  const { t } = useTranslation('console');
  const way = useWayOut(ticket);
  const domains = way?.iso_2022_jp ?? [];
  const old = [...readers.to, ...readers.cc, ...readers.bcc].filter((a) => isBelow(a.email, domains));
  const around = [way?.opening, way?.closing, way?.signature];
  const text = useSettled([subject, draft.salutation ?? way?.salutation, saidIn(draft), ...around].filter(Boolean).join('\n'));
  const { data } = useQuery({
    queryKey: ['lost-signs', text],
    queryFn: () => api.tickets.lostSigns(text),
    enabled: old.length > 0 && text !== '',
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  if (old.length === 0) return null;
  const said = t('composer.old', { names: old.map(calledBy).join(t('value.comma')) });
  const repeated = (draft.quote ?? way?.quote ?? 'none') === 'none' ? [] : (way?.repeated_lost ?? []);
  const written = text === '' ? [] : (data?.lost ?? []);
  const lost = [...written, ...repeated.filter((it) => !written.some((known) => known.sign === it.sign))];
  if (lost.length === 0) return <p className="rcpt-h">{said}</p>;
  return (
    <Notice tone="yama" role="status">
      <IconAlertTriangle size={15} aria-hidden="true" />
      <span className="grow">
        {said} {t('composer.oldLost', { lost: lost.map((it) => `${it.sign} → ${it.by}`).join(t('value.comma')) })}
      </span>
    </Notice>
  );
}
