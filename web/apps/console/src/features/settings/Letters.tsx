import type { Letter } from '@madoguchi/api-client';
import { moment, useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Empty, toast } from '@madoguchi/ui';
import { FormDialog, SegmentedControl } from '@madoguchi/ui/forms';
import { IconMailOpened } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { ErrorView, problemText } from '../../app/Pages.tsx';
import { More, usePages } from '../../app/paged.tsx';
import { useSave } from '../../app/save.ts';
import { usePlace } from '../../app/session.ts';
import { Page } from './Page.tsx';

const tone = (s: string): string | undefined => ({ failed: 'shu', read: 'waka', kept: 'yama' })[s];
const ticketOf = (l: Letter) => (typeof l.ticket === 'number' ? { id: l.ticket, number: null } : l.ticket);
const idOf = (l: Letter) => l.id;
const mailboxOf = (l: Letter) => (typeof l.mailbox === 'number' ? `${l.mailbox}` : l.mailbox.name);

/** Every mail as it came. Nothing that arrived is ever invisible, whatever became of it. */
export default function Letters() {
  const { t } = useTranslation('console.settings');
  const [state, setState] = useState('');
  const [source, setSource] = useState<number | null>(null);
  const list = usePages({ queryKey: ['letters', state], read: (q) => api.mail.letters({ ...q, state: state || undefined }), idOf });
  return (
    <Page name="letters">
      <SegmentedControl
        aria-label={t('letter.filter')}
        value={state}
        onChange={setState}
        data={['', 'failed', 'kept', 'read'].map((v) => ({ value: v, label: t(v ? `letter.state.${v}` : 'letter.all') }))}
      />
      {list.isError && !list.data && <ErrorView error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && list.rows.length === 0 && (
        <Empty icon={<IconMailOpened size={24} />} title={t('letter.none')}>
          <p>{t('letter.noneHint')}</p>
        </Empty>
      )}
      <ul className="cards">
        {list.rows.map((l) => (
          <LetterRow key={l.id} l={l} onSource={() => setSource(l.id)} />
        ))}
      </ul>
      <More list={list} />
      {source !== null && <Source id={source} onClose={() => setSource(null)} />}
    </Page>
  );
}

function LetterRow({ l, onSource }: { l: Letter; onSource: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const place = usePlace();
  const qc = useQueryClient();
  const retry = useSave(l.subject || t('letter.noSubject'), {
    mutationFn: () => api.mail.retry(l.id),
    onSuccess: () => {
      toast(t('letter.retried'));
      return qc.invalidateQueries({ queryKey: ['letters'] });
    },
  });
  const ticket = ticketOf(l);
  return (
    <li className="card lt">
      <div className="lt-t">
        <b className="cut">{l.subject || t('letter.noSubject')}</b>
        <span className="dim small cut">
          {l.from}・{mailboxOf(l)}・<time dateTime={l.received_at}>{moment(l.received_at, place)}</time>
        </span>
        {l.error && <span className={l.state === 'failed' ? 'bad' : 'dim small'}>{l.error}</span>}
        {retry.isError && <span className="bad">{problemText(retry.error, tc)}</span>}
      </div>
      <Chip tone={tone(l.state)}>{t(`letter.state.${l.state}`, { defaultValue: l.state })}</Chip>
      {ticket && (
        <Link to="/tickets/$ticketId" params={{ ticketId: String(ticket.id) }} search={{}}>
          {ticket.number ? `#${ticket.number}` : t('letter.ticket')}
        </Link>
      )}
      {(l.can?.includes('retry') ?? l.state === 'failed') && (
        <Button busy={retry.isPending} onClick={() => retry.mutate()}>
          {tc('do.again')}
        </Button>
      )}
      <Button look="quiet" onClick={onSource}>
        {t('letter.source')}
      </Button>
    </li>
  );
}

function Source({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const text = useQuery({ queryKey: ['letter-source', id], queryFn: () => api.mail.source(id) });
  return (
    <FormDialog onClose={onClose} title={t('letter.source')} size={860} closeLabel={tc('do.close')}>
      {text.isError ? <ErrorView error={text.error} /> : <pre className="src">{text.data ?? '…'}</pre>}
    </FormDialog>
  );
}
