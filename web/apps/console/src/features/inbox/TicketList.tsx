import type { TicketQuery } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Empty, Skeleton } from '@madoguchi/ui';
import { IconChecks, IconFilterOff } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { ErrorView } from '../../app/Pages.tsx';
import type { InboxSearch } from '../../app/router.tsx';
import { usePlace } from '../../app/session.ts';
import { hintOf, useNamesakes } from '../ticket/agents.ts';
import { useTeamName, type useTicketList } from '../ticket/data.ts';
import { hasDraft, useDraftsVersion } from '../ticket/drafts.ts';
import { useUnsent } from '../ticket/tries.ts';
import { useStateName } from '../ticket/words.ts';
import { FirstSteps, useFirstSteps } from './FirstSteps.tsx';
import { ListHeader } from './ListHeader.tsx';
import { CardRow, type RowProps, TableHead, TableRow } from './rows.tsx';
import { SilentMailboxes } from './SilentMailboxes.tsx';
import { useMinute, useWide } from './useWide.ts';

interface Props {
  list: ReturnType<typeof useTicketList>;
  search: InboxSearch;
  filter: TicketQuery;
  table: boolean;
  cursor: number | null;
  onSelect: (id: number) => void;
  knownTags: string[];
}
const rowHeight = (table: boolean) =>
  table ? 34 : Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue('--row'), 10) || 82;

export function TicketList({ list, search, filter, table, cursor, onSelect, knownTags }: Props) {
  const { t } = useTranslation('console');
  const place = usePlace();
  const now = useMinute();
  const box = useRef<HTMLDivElement>(null);
  useDraftsVersion();
  const unsent = useUnsent();
  const notSent = useMemo(() => new Set(unsent.map((u) => u.ticket)), [unsent]);
  const hints = useNamesakes();
  const teamName = useTeamName();
  const stateName = useStateName();
  const { rows, hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const v = useVirtualizer({
    count: rows.length + (hasNextPage ? 1 : 0),
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight(table),
    overscan: 8,
  });
  const items = v.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= rows.length - 5) void fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const at = rows.findIndex((r) => r.id === cursor);
  useEffect(() => {
    // Moves only when the row is out of sight.
    if (at >= 0) v.scrollToIndex(at, { align: 'auto' });
  }, [at, v]);

  return (
    <section className="list" aria-label={t('list.tickets')}>
      <ListHeader search={search} filter={filter} table={table} knownTags={knownTags} busy={list.isRefetching && !list.isRefetchError} />
      <SilentMailboxes />
      {table && rows.length > 0 && <TableHead />}
      {list.isPending && <Skeleton lines={12} />}
      {list.isError && rows.length === 0 && <ErrorView error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && <NoRows search={search} />}
      {rows.length > 0 && (
        <div
          className="scroll"
          ref={box}
          role="listbox"
          tabIndex={0}
          aria-label={t('list.tickets')}
          aria-activedescendant={at >= 0 ? `row-${cursor}` : undefined}
        >
          <div style={{ height: v.getTotalSize(), position: 'relative' }} role="presentation">
            {items.map((it) => {
              const row = rows[it.index];
              if (!row)
                return (
                  <div
                    key="more"
                    className="row-more"
                    style={{ transform: `translateY(${it.start}px)`, height: it.size }}
                    role="presentation"
                  >
                    <span className="spin" />
                  </div>
                );
              const props: RowProps = {
                row,
                top: it.start,
                height: it.size,
                active: row.id === cursor,
                waits: notSent.has(row.id) ? 'notSent' : hasDraft(row.id) ? 'draft' : undefined,
                place,
                now,
                hint: hintOf(hints, row.assignee?.id),
                state: stateName({ key: row.state }),
                team: row.team ? teamName(row.team) : undefined,
                onSelect,
              };
              return table ? <TableRow key={row.id} {...props} /> : <CardRow key={row.id} {...props} />;
            })}
          </div>
        </div>
      )}
    </section>
  );
}

function NoRows({ search }: { search: InboxSearch }) {
  const { t } = useTranslation('console');
  const nav = useNavigate();
  const wide = useWide(760);
  const steps = useFirstSteps();
  const filtered = search.q || search.tag || search.assignee || (search.status && !search.team);
  if (filtered) {
    return (
      <Empty icon={<IconFilterOff size={24} />} title={t('list.noHits')}>
        <Button onClick={() => void nav({ to: '/inbox', search: (s) => ({ view: s.view, layout: s.layout }) })}>{t('list.clear')}</Button>
      </Empty>
    );
  }
  // Beside a wide list the steps stand where the conversation will be.
  if (steps && !steps.done.ticket && !wide) return <FirstSteps steps={steps} />;
  const view = search.team ? 'team' : (search.view ?? 'open');
  return (
    <Empty icon={<IconChecks size={24} />} title={t(`empty.${view}`)}>
      <p>{t(`emptyHint.${view}`)}</p>
    </Empty>
  );
}
