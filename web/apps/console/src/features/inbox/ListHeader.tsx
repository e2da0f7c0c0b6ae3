import type { TicketQuery } from '@madoguchi/api-client';
import { capped, language, useTranslation } from '@madoguchi/i18n';
import { IconButton, isEnter, type Option, Picker } from '@madoguchi/ui';
import { IconArrowsSort, IconFilter, IconLayoutList, IconLayoutSidebar, IconSearch, IconTable, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { memo, useRef, useState } from 'react';
import { api } from '../../app/api.ts';
import { keys } from '../../app/query.ts';
import type { InboxSearch } from '../../app/router.tsx';
import { hintOf, useAgents, useNamesakes } from '../ticket/agents.ts';
import { useTeams } from '../ticket/data.ts';
import { STATUSES } from '../ticket/words.ts';

interface Props {
  search: InboxSearch;
  filter: TicketQuery;
  table: boolean;
  knownTags: string[];
  busy: boolean;
}
type Menu = 'filter' | 'views' | null;

/** Names what is shown, and holds the filters; all of them live in the address. */
export const ListHeader = memo(function ListHeader({ search, filter, table, knownTags, busy }: Props) {
  const { t } = useTranslation('console');
  const nav = useNavigate();
  const teams = useTeams();
  const agents = useAgents();
  const hints = useNamesakes();
  const [menu, setMenu] = useState<Menu>(null);
  const [anchor, setAnchor] = useState<Element | null>(null);
  const q = useRef<HTMLInputElement>(null);
  const set = (change: Partial<InboxSearch>) => void nav({ to: '/inbox', search: (s) => ({ ...s, ...change }), replace: true });

  const title = search.team ? (teams.find((x) => x.id === search.team)?.name ?? t('field.team')) : t(`view.${filter.view ?? 'open'}`);
  const counts = useQuery({ queryKey: keys.counts, queryFn: api.tickets.counts }).data;
  const plain = !search.q && !search.tag && !search.assignee && !search.requester && !search.where;
  const count = !plain
    ? undefined
    : search.team
      ? counts?.teams[String(search.team)]
      : search.status
        ? undefined
        : counts?.[filter.view ?? 'open'];
  const asker = useQuery({
    queryKey: keys.contact(search.requester ?? 0),
    queryFn: () => api.contacts.get(search.requester ?? 0),
    enabled: search.requester !== undefined,
  }).data;
  const pills: [keyof InboxSearch, string][] = [];
  if (search.q) pills.push(['q', `“${search.q}”`]);
  if (search.requester) pills.push(['requester', `${t('field.requester')}: ${asker?.name ?? '…'}`]);
  if (search.where) pills.push(['where', search.named ?? t('list.condition')]);
  if (search.tag) pills.push(['tag', `${t('field.tags')}: ${search.tag}`]);
  if (search.assignee) {
    const who =
      search.assignee === 'me'
        ? t('view.mine')
        : search.assignee === 'none'
          ? t('value.unassigned')
          : agents.find((a) => String(a.id) === search.assignee)?.name;
    const hint = hintOf(hints, Number(search.assignee));
    pills.push(['assignee', `${t('field.assignee')}: ${who ?? search.assignee}${hint ? ` (${hint})` : ''}`]);
  }
  if (search.status && !search.team)
    pills.push([
      'status',
      search.status
        .split(',')
        .map((s) => t(`status.${s}`))
        .join(t('value.comma')),
    ]);

  const options: Option[] = [
    ...STATUSES.map((s) => ({ value: `status:${s}`, label: t(`status.${s}`), detail: t('field.state') })),
    { value: 'assignee:me', label: t('view.mine'), detail: t('field.assignee') },
    { value: 'assignee:none', label: t('value.unassigned'), detail: t('field.assignee') },
    ...agents.map((a) => ({
      value: `assignee:${a.id}`,
      label: a.name,
      detail: [t('field.assignee'), hints.get(a.id)?.address].filter(Boolean).join('・'),
      keywords: a.email,
    })),
    ...knownTags.map((x) => ({ value: `tag:${x}`, label: x, detail: t('field.tags') })),
  ];
  const statuses = search.status?.split(',') ?? [];
  const selected = [
    ...statuses.map((s) => `status:${s}`),
    ...(search.assignee ? [`assignee:${search.assignee}`] : []),
    ...(search.tag ? [`tag:${search.tag}`] : []),
  ];
  const pick = (v: string) => {
    const [kind, value = ''] = v.split(/:(.*)/s);
    if (kind === 'status') {
      const next = statuses.includes(value) ? statuses.filter((s) => s !== value) : [...statuses, value];
      set({ status: next.join(',') || undefined, view: 'all' });
    } else if (kind === 'assignee') set({ assignee: search.assignee === value ? undefined : value });
    else set({ tag: search.tag === value ? undefined : value });
  };
  const viewOptions: Option[] = [
    ...(['mine', 'unassigned', 'open', 'pending', 'copied', 'solved', 'undelivered', 'all'] as const).map((v) => ({
      value: `v:${v}`,
      label: t(`view.${v}`),
    })),
    ...teams.map((x) => ({ value: `t:${x.id}`, label: `# ${x.name}` })),
  ];
  const pickView = (v: string) => {
    const [kind, value = ''] = v.split(':');
    const search = kind === 'v' ? { view: value as InboxSearch['view'] } : { team: Number(value), status: 'new,open,pending,on_hold' };
    void nav({ to: '/inbox', search });
  };
  const openMenu = (m: Menu) => (e: React.MouseEvent) => {
    setAnchor(e.currentTarget);
    setMenu(m);
  };
  return (
    <>
      <header className="list-h">
        <IconButton label={t('list.views')} className="views-b" aria-haspopup="listbox" onClick={openMenu('views')}>
          <IconLayoutSidebar size={17} />
        </IconButton>
        <h1>{title}</h1>
        {count !== undefined && <span className="list-n">{t('list.count', { count, shown: capped(count, language()) })}</span>}
        {busy && <span className="spin dim" aria-hidden="true" />}
        <span className="grow" />
        {table && <SearchBox inputRef={q} value={search.q ?? ''} onSubmit={(text) => set({ q: text || undefined })} />}
        <IconButton label={t('list.filter')} aria-haspopup="listbox" onClick={openMenu('filter')} data-on={pills.length > 0 || undefined}>
          <IconFilter size={17} />
        </IconButton>
        <button
          type="button"
          className="sort"
          title={t('list.sort')}
          onClick={() => set({ sort: search.sort === 'created' ? undefined : 'created' })}
        >
          <IconArrowsSort size={15} aria-hidden="true" />
          {t(`sort.${search.sort ?? 'updated'}`)}
        </button>
        <IconButton
          label={t(table ? 'list.cards' : 'list.table')}
          className="only-d"
          onClick={() => set({ layout: table ? 'cards' : 'table' })}
        >
          {table ? <IconLayoutList size={17} /> : <IconTable size={17} />}
        </IconButton>
      </header>
      {!table && (
        <div className="list-q">
          <SearchBox inputRef={q} value={search.q ?? ''} onSubmit={(text) => set({ q: text || undefined })} />
        </div>
      )}
      {pills.length > 0 && (
        <div className="pills">
          {pills.map(([k, label]) => (
            <button
              key={k}
              type="button"
              className="pill"
              aria-label={t('list.without', { label })}
              onClick={() => set({ [k]: undefined })}
            >
              {label}
              <IconX size={13} aria-hidden="true" />
            </button>
          ))}
        </div>
      )}
      {menu && (
        <Picker
          label={t(menu === 'filter' ? 'list.filter' : 'list.views')}
          options={menu === 'filter' ? options : viewOptions}
          selected={menu === 'filter' ? selected : []}
          multiple={menu === 'filter'}
          searchLabel={t(menu === 'filter' ? 'list.filterHint' : 'list.views')}
          emptyLabel={t('pick.none')}
          moreLabel={t('pick.more')}
          anchor={anchor}
          onPick={menu === 'filter' ? pick : pickView}
          onClose={() => setMenu(null)}
        />
      )}
    </>
  );
});

function SearchBox({
  inputRef,
  value,
  onSubmit,
}: {
  inputRef: React.RefObject<HTMLInputElement | null>;
  value: string;
  onSubmit: (v: string) => void;
}) {
  const { t } = useTranslation('console');
  return (
    <label className="find">
      <IconSearch size={14} aria-hidden="true" />
      <input
        key={value}
        ref={inputRef}
        type="search"
        aria-label={t('list.search')}
        placeholder={t('list.search')}
        defaultValue={value}
        onKeyDown={(e) => {
          if (isEnter(e)) onSubmit(e.currentTarget.value.trim());
          if (e.key === 'Escape') e.currentTarget.blur();
        }}
      />
    </label>
  );
}
