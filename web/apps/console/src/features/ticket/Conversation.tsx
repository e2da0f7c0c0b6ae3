import type { TimelineItem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { IconButton, Notice, Skeleton, toast } from '@madoguchi/ui';
import { IconArrowLeft, IconLock } from '@tabler/icons-react';
import { lazy, Suspense, useEffect } from 'react';
import { ErrorView } from '../../app/Pages.tsx';
import { ConflictBar } from './ConflictBar.tsx';
import { can, useTicket } from './data.ts';
import { Header } from './Header.tsx';
import { useStory } from './story.ts';
import type { PickKind } from './TicketActions.tsx';
import { Timeline } from './Timeline.tsx';
import './ticket.css';

const Composer = lazy(() => import('./Composer.tsx'));

/** One and the same, so that nobody takes it for news. */
const NOTHING: TimelineItem[] = [];

interface Props {
  id: number;
  onBack: () => void;
  onStep: (d: number) => void;
  /** Goes where a merged ticket is read. */
  onLead: (id: number) => void;
  onPick: (k: PickKind) => void;
  onPanel: () => void;
  hasPrev: boolean;
  hasNext: boolean;
  alone: boolean;
}

/** One ticket: what it is, what was said and done, and what we say next. */
export default function Conversation({ id, onBack, onStep, onLead, onPick, onPanel, hasPrev, hasNext, alone }: Props) {
  const { t } = useTranslation('console');
  const ticket = useTicket(id);
  const story = useStory(id);
  const data = ticket.data;
  const root = data?.root;
  useEffect(() => {
    if (!root) return;
    toast(t('merge.led', { number: data.number, root: root.number }));
    onLead(root.id);
  }, [root, data?.number, onLead, t]);
  if (!data) {
    return (
      <article className="conv" aria-label={t('conv.label')}>
        <div className="ch-h only-m">
          <IconButton label={t('conv.back')} className="back" onClick={onBack}>
            <IconArrowLeft size={19} />
          </IconButton>
        </div>
        {ticket.isError ? <ErrorView error={ticket.error} retry={() => void ticket.refetch()} /> : <Skeleton lines={8} />}
      </article>
    );
  }
  // A row from the list stands in until the ticket itself is read; what may be done is known only then.
  const partial = ticket.isFetching && data.can.length === 0;
  const silent = !partial && !can(data, 'reply') && !can(data, 'note');
  return (
    <article className="conv" aria-label={data.subject}>
      <Header
        ticket={data}
        onBack={onBack}
        onStep={onStep}
        onPick={onPick}
        onPanel={onPanel}
        hasPrev={hasPrev}
        hasNext={hasNext}
        alone={alone}
      />
      <ConflictBar ticket={data} />
      {story.isError && !story.data ? (
        <ErrorView error={story.error} retry={() => void story.refetch()} />
      ) : story.data ? (
        <Timeline ticket={data} story={story} onLead={onLead} />
      ) : (
        <div className="tl">
          <Skeleton lines={7} />
        </div>
      )}
      {silent ? (
        <Notice tone="ai">
          <IconLock size={15} aria-hidden="true" />
          {t('conv.readOnly')}
        </Notice>
      ) : (
        <Suspense fallback={<div className="comp comp-skel" />}>
          <Composer ticket={data} items={story.data?.items ?? NOTHING} ready={!partial} />
        </Suspense>
      )}
    </article>
  );
}
