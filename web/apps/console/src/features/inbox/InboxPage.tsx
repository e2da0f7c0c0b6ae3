import type { TicketQuery, TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Empty, Skeleton } from '@madoguchi/ui';
import { IconInbox } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { type Command, useCommands } from '../../app/commands.ts';
import { useWatch } from '../../app/live.ts';
import { keys } from '../../app/query.ts';
import type { InboxSearch } from '../../app/router.tsx';
import { useTicket, useTicketList } from '../ticket/data.ts';
import { type PickKind, TicketActions } from '../ticket/TicketActions.tsx';
import { FirstSteps, useFirstSteps } from './FirstSteps.tsx';
import { TicketList } from './TicketList.tsx';
import { useWide } from './useWide.ts';
import { ViewsColumn } from './ViewsColumn.tsx';
import './inbox.css';

const Conversation = lazy(() => import('../ticket/Conversation.tsx'));
const ContactPanel = lazy(() => import('../contacts/ContactPanel.tsx'));
const PANEL = 'madoguchi.panel';

export const listFilter = (s: InboxSearch): TicketQuery => ({
  view: s.view ?? (s.status || s.team || s.q || s.requester || s.where ? 'all' : 'open'),
  team: s.team,
  status: s.status,
  assignee: s.assignee,
  requester: s.requester,
  where: s.where,
  tag: s.tag,
  q: s.q,
  sort: s.sort ?? 'updated',
});

export default function InboxPage() {
  const { t } = useTranslation('console');
  const search: InboxSearch = useSearch({ from: '/inside/work' });
  const params = useParams({ strict: false });
  const nav = useNavigate();
  const qc = useQueryClient();
  const wide = useWide(760);
  const filter = useMemo(() => listFilter(search), [search]);
  const list = useTicketList(filter);
  const table = search.layout === 'table' && wide;
  const inUrl = Number(params.ticketId) || null;

  // The cursor lives beside the address and the address follows, so that J and K never wait for the router.
  const [cursor, setCursor] = useState<number | null>(inUrl);
  const [opened, setOpened] = useState(inUrl !== null);
  useEffect(() => {
    if (inUrl) setCursor(inUrl);
    setOpened(inUrl !== null);
  }, [inUrl]);
  const rows = list.rows;
  const at = rows.findIndex((r) => r.id === cursor);
  useEffect(() => {
    if (wide && !inUrl && rows[0] && (cursor === null || at < 0)) setCursor(rows[0].id);
  }, [wide, inUrl, rows, at, cursor]);

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const go = useCallback(
    (id: number | null, replace: boolean) => {
      clearTimeout(timer.current);
      if (id) void nav({ to: '/tickets/$ticketId', params: { ticketId: String(id) }, search: (s) => s, replace });
      else void nav({ to: '/inbox', search: (s) => s, replace });
    },
    [nav],
  );
  const select = useCallback(
    (id: number) => {
      setCursor(id);
      if (table && !opened) return;
      clearTimeout(timer.current);
      timer.current = setTimeout(() => go(id, true), 160);
    },
    [go, table, opened],
  );
  const open = useCallback(
    (id: number) => {
      setCursor(id);
      setOpened(true);
      go(id, false);
    },
    [go],
  );
  const close = useCallback(() => {
    setOpened(false);
    go(null, false);
  }, [go]);
  // What was merged is read at its root: the address follows, and the way back does not lead here again.
  const lead = useCallback(
    (id: number) => {
      setCursor(id);
      go(id, true);
    },
    [go],
  );
  const step = useCallback(
    (d: number) => {
      const next = rows[at < 0 ? 0 : at + d];
      if (next) select(next.id);
      if (at + d >= rows.length - 5 && list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
    },
    [rows, at, select, list.hasNextPage, list.isFetchingNextPage, list.fetchNextPage],
  );

  const [panel, setPanel] = useState(() => localStorage.getItem(PANEL) !== 'off');
  const [drawer, setDrawer] = useState(false);
  const togglePanel = useCallback(() => {
    if (window.innerWidth <= 1180) setDrawer((d) => !d);
    else
      setPanel((p) => {
        localStorage.setItem(PANEL, p ? 'off' : 'on');
        return !p;
      });
  }, []);
  const [picking, setPicking] = useState<PickKind | null>(null);
  const shown = wide && !table ? cursor : opened ? cursor : null;
  const commands = useMemo<Command[]>(
    () => [
      { id: 'next', group: 'list', label: t('cmd.next'), keys: 'j', run: () => step(1) },
      { id: 'prev', group: 'list', label: t('cmd.prev'), keys: 'k', run: () => step(-1) },
      { id: 'open', group: 'list', label: t('cmd.open'), keys: 'Enter', run: () => (cursor && !opened ? open(cursor) : focusTimeline()) },
      { id: 'back', group: 'list', label: t('cmd.back'), keys: 'Escape', run: () => (opened ? close() : focusList()) },
      { id: 'panel', group: 'list', label: t('cmd.panel'), keys: ']', run: togglePanel },
      {
        id: 'layout',
        group: 'list',
        label: t(table ? 'list.cards' : 'list.table'),
        run: () => void nav({ to: '/inbox', search: (s) => ({ ...s, layout: table ? 'cards' : 'table' }) }),
      },
    ],
    [t, step, cursor, opened, open, close, togglePanel, table, nav],
  );
  useCommands(commands);

  const deferred = useDeferredValue(shown);
  useWatch(deferred ? [deferred] : []);
  const knownTags = useMemo(() => [...new Set(rows.flatMap((r) => r.tags))].sort(), [rows]);
  // Until the full ticket is read, its row from the list stands in: J and K show something at once.
  useEffect(() => {
    const row = rows.find((r) => r.id === cursor);
    if (row && !qc.getQueryData(keys.ticket(row.id))) {
      qc.setQueryData<TicketView>(
        keys.ticket(row.id),
        {
          ...row,
          cc: [],
          fields: {},
          applying: [],
          follows: null,
          root: null,
          sides: [],
          split_from: null,
          wall: 0,
          mailbox: null,
          can: [],
        },
        { updatedAt: 0 },
      );
    }
  }, [rows, cursor, qc]);

  return (
    <div
      className="inbox"
      data-open={opened || undefined}
      data-table={table || undefined}
      data-panel={panel || undefined}
      data-drawer={drawer || undefined}
    >
      <ViewsColumn search={search} />
      {!(table && opened) && (
        <TicketList list={list} search={search} filter={filter} table={table} cursor={cursor} onSelect={open} knownTags={knownTags} />
      )}
      {cursor !== null && (
        <Actions
          id={cursor}
          picking={picking}
          setPicking={setPicking}
          onSolved={() => step(1)}
          onWrite={() => !shown && cursor && open(cursor)}
          onLead={lead}
          knownTags={knownTags}
        />
      )}
      {deferred !== null ? (
        <Suspense fallback={<Opening />}>
          <Conversation
            key={deferred}
            id={deferred}
            onBack={close}
            onStep={step}
            onLead={lead}
            onPick={setPicking}
            onPanel={togglePanel}
            alone={!wide || (table && opened)}
            hasPrev={at > 0}
            hasNext={at >= 0 && at < rows.length - 1}
          />
          {(panel || drawer) && <ContactPanel ticketId={deferred} onClose={() => setDrawer(false)} />}
        </Suspense>
      ) : (
        wide && !table && (list.isPending ? <Opening /> : rows.length === 0 && list.isSuccess ? <NoTicket /> : <div className="conv" />)
      )}
    </div>
  );
}

function Opening() {
  return (
    <div className="conv">
      <Skeleton lines={8} />
    </div>
  );
}

function NoTicket() {
  const { t } = useTranslation('console');
  const steps = useFirstSteps();
  if (steps && !steps.done.ticket) {
    return (
      <div className="conv">
        <FirstSteps steps={steps} />
      </div>
    );
  }
  return (
    <div className="conv">
      <Empty icon={<IconInbox size={24} />} title={t('conv.none')} />
    </div>
  );
}

function Actions(p: {
  id: number;
  picking: PickKind | null;
  setPicking: (k: PickKind | null) => void;
  onSolved: () => void;
  onWrite: () => void;
  onLead: (id: number) => void;
  knownTags: string[];
}) {
  const ticket = useTicket(p.id).data;
  if (!ticket) return null;
  return (
    <TicketActions
      ticket={ticket}
      picking={p.picking}
      setPicking={p.setPicking}
      onSolved={p.onSolved}
      onWrite={p.onWrite}
      onLead={p.onLead}
      knownTags={p.knownTags}
    />
  );
}

const focusTimeline = () => document.querySelector<HTMLElement>('.tl')?.focus();
const focusList = () => document.querySelector<HTMLElement>('.list .scroll')?.focus();
