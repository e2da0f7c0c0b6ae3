import type { Letter } from '@madoguchi/api-client';
import { capped, language, useTranslation } from '@madoguchi/i18n';
import { Button, Empty, Skeleton } from '@madoguchi/ui';
import { SegmentedControl } from '@madoguchi/ui/forms';
import { IconMailOpened } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { ErrorView, problemText } from '../../app/Pages.tsx';
import { usePages } from '../../app/paged.tsx';
import { withWords } from '../letters/words.ts';
import { lettersAside, sum } from './aside.ts';
import { BulkBar } from './BulkBar.tsx';
import { idOf, LetterList, type Selection } from './LetterList.tsx';
import { Page } from './Page.tsx';
import { mayRetry, useRetry } from './retry.ts';
import './letters.css';

const SourceDialog = withWords(() => import('../letters/SourceDialog.tsx'));

/** What waits for a person comes first. */
const ASIDE = ['quarantine', 'bounce', 'failed'] as const;
const FILTERS = [...ASIDE, 'ignored', 'kept', 'read', ''] as const;

/** Every mail as it came. Nothing that arrived is ever invisible, whatever became of it. */
export default function Letters() {
  const { t } = useTranslation('console.settings');
  const [state, setState] = useState<string>('quarantine');
  const [reason, setReason] = useState('');
  const [source, setSource] = useState<Letter | null>(null);
  const [selected, setSelected] = useState<Selection>(new Map());
  const counts = useQuery(lettersAside).data?.items ?? [];
  const list = usePages({
    queryKey: ['letters', state, reason],
    read: (q) => api.mail.letters({ ...q, state: state || undefined, reason: reason || undefined }),
    idOf,
  });
  const narrow = (next: string, why: string) => {
    setState(next);
    setReason(why);
    setSelected(new Map());
  };
  const label = (v: string) => {
    const word = t(v ? `letter.state.${v}` : 'letter.all');
    const n = sum(counts.filter((c) => c.state === v));
    return n > 0 ? `${word} ${capped(n, language())}` : word;
  };
  const showRead = () => narrow('read', '');
  const reasons = counts.filter((c) => c.state === state && c.reason);
  return (
    <Page name="letters">
      <SegmentedControl
        className="lt-f"
        withItemsBorders={false}
        aria-label={t('letter.filter')}
        value={state}
        onChange={(v) => narrow(v, '')}
        data={FILTERS.map((v) => ({ value: v, label: label(v) }))}
      />
      {reasons.length > 1 && (
        <fieldset className="lt-r">
          <legend className="vh">{t('letter.reasons')}</legend>
          {reasons.map((c) => (
            <button
              key={c.reason}
              type="button"
              className="pill"
              aria-pressed={reason === c.reason}
              onClick={() => narrow(state, reason === c.reason ? '' : (c.reason ?? ''))}
            >
              {t(`letter.reason.${c.reason}`, { defaultValue: t('letter.reason.unknown', { reason: c.reason ?? '' }) })}{' '}
              {capped(c.count, language())}
            </button>
          ))}
        </fieldset>
      )}
      <BulkBar state={state} rows={list.rows} selected={selected} onSelect={setSelected} onRead={showRead} />
      {list.isPending && <Skeleton lines={8} />}
      {list.isError && !list.data && <ErrorView error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && list.rows.length === 0 && (
        <Empty icon={<IconMailOpened size={24} />} title={t(state ? `letter.noneOf.${state}` : 'letter.none')}>
          <p>{t(state === 'quarantine' || state === 'failed' ? 'letter.noneAside' : 'letter.noneHint')}</p>
        </Empty>
      )}
      {list.rows.length > 0 && <LetterList list={list} selected={selected} onSelect={setSelected} onOpen={setSource} onRead={showRead} />}
      {source && (
        <SourceDialog of={{ letter: source.id }} onClose={() => setSource(null)}>
          {mayRetry(source) && <Retry l={source} onDone={() => setSource(null)} onRead={showRead} />}
        </SourceDialog>
      )}
    </Page>
  );
}

/** What can be done to a letter that somebody has just read. */
function Retry({ l, onDone, onRead }: { l: Letter; onDone: () => void; onRead: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const retry = useRetry(l, { onDone, onRead });
  return (
    <footer className="lt-d">
      {retry.isError && <span className="bad small">{problemText(retry.error, tc)}</span>}
      <Button look="fill" busy={retry.isPending} onClick={() => retry.mutate()}>
        {t(l.state === 'failed' ? 'letter.again' : 'letter.make')}
      </Button>
    </footer>
  );
}
