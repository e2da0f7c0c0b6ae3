import type { Found, Snippet } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Dialog, isImeKey, Keys } from '@madoguchi/ui';
import { IconBuilding, IconCornerDownLeft, IconHash, IconSearch, IconTicket, IconUser } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { api } from './api.ts';
import { type Group, useAllCommands } from './commands.ts';
import { noteUse, usesOf } from './habits.ts';
import { Marked } from './Marked.tsx';

interface Item {
  id: string;
  group: string;
  label: string;
  marked?: Snippet;
  detail?: string;
  said?: Snippet | null;
  keys?: string;
  icon?: ReactNode;
  run(): void;
}
const norm = (s: string) => s.normalize('NFKC').toLowerCase();

/** Does everything that a key does, and shows the key while at it; finds tickets, people and organizations by number or words. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('console');
  const nav = useNavigate();
  const commands = useAllCommands();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const query = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: ['palette', query],
    queryFn: ({ signal }) => api.tickets.search(query, 6, { signal }),
    enabled: query.length >= 2,
  }).data;

  const items = useMemo<Item[]>(() => {
    const q = norm(text.trim());
    const hits: Item[] = commands
      .filter((c) => c.id !== 'palette' && (!q || norm(`${c.label} ${c.detail ?? ''} ${c.id}`).includes(q)))
      .sort((a, b) => order(a.group) - order(b.group) || usesOf(b.id) - usesOf(a.id) || rank(a.id) - rank(b.id))
      .map((c) => ({
        ...c,
        group: c.group === 'ticket' ? `${t('group.ticket')} ${c.detail ?? ''}` : t(`group.${c.group}`),
        detail: undefined,
      }));
    const tickets: Item[] = (q.length >= 2 ? (found?.items ?? []) : []).map(({ ticket: x, subject, said }) => ({
      id: `t${x.id}`,
      group: t('group.tickets'),
      label: x.subject,
      marked: subject,
      detail: `#${x.number} ${x.requester?.name ?? ''}`,
      said,
      icon: <IconTicket size={17} stroke={1.7} />,
      run: () => void nav({ to: '/tickets/$ticketId', params: { ticketId: String(x.id) }, search: (s) => s }),
    }));
    const person = (x: Found): Item => ({
      id: `c${x.id}`,
      group: t('group.contacts'),
      label: x.name.text,
      marked: x.name,
      said: x.said,
      icon: <IconUser size={17} stroke={1.7} />,
      run: () => void nav({ to: '/inbox', search: { view: 'all', requester: x.id } }),
    });
    const organization = (x: Found): Item => ({
      ...person(x),
      id: `o${x.id}`,
      group: t('group.organizations'),
      icon: <IconBuilding size={17} stroke={1.7} />,
      run: () => void nav({ to: '/inbox', search: { view: 'all', q: x.name.text } }),
    });
    const people = q.length >= 2 && found ? [...found.contacts.map(person), ...found.organizations.map(organization)] : [];
    // Whose name it is comes before what they asked.
    const named = people.filter((x) => x.marked?.marks.length);
    const known = people.filter((x) => !x.marked?.marks.length);
    const search: Item[] = q
      ? [
          {
            id: 'search',
            group: t('group.list'),
            label: t('palette.search', { text: text.trim() }),
            icon: <IconSearch size={17} stroke={1.7} />,
            run: () => void nav({ to: '/inbox', search: { view: 'all', q: text.trim() } }),
          },
        ]
      : [];
    return /^#?\d+$/.test(q) ? [...tickets, ...named, ...known, ...search, ...hits] : [...hits, ...named, ...tickets, ...known, ...search];
  }, [commands, found, text, t, nav]);
  const cursor = Math.min(at, items.length - 1);
  useEffect(() => {
    document.getElementById(`pal-${cursor}`)?.scrollIntoView({ block: 'nearest' });
  }, [cursor]);

  const run = (i: Item | undefined) => {
    onClose();
    if (i && commands.some((c) => c.id === i.id)) noteUse(i.id);
    // After the dialog has given the focus back, so that what the command focuses keeps it.
    if (i) setTimeout(() => i.run(), 0);
  };
  const onKey = (e: KeyboardEvent) => {
    if (isImeKey(e)) return;
    const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
    if (step) {
      e.preventDefault();
      setAt((cursor + step + items.length) % Math.max(1, items.length));
    } else if (e.key === 'Enter') {
      e.preventDefault();
      run(items[cursor]);
    }
  };
  return (
    <Dialog label={t('cmd.palette')} className="palette" onClose={onClose}>
      <div className="palette-q">
        <IconSearch size={18} aria-hidden="true" />
        <input
          autoFocus
          role="combobox"
          aria-label={t('palette.hint')}
          aria-expanded="true"
          aria-controls="pal-l"
          aria-activedescendant={cursor >= 0 ? `pal-${cursor}` : undefined}
          placeholder={t('palette.hint')}
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
      </div>
      <div id="pal-l" className="palette-l" role="listbox" aria-label={t('cmd.palette')}>
        {items.map((i, n) => (
          <div key={i.id} role="presentation">
            {i.group !== items[n - 1]?.group && (
              <div className="palette-g" role="presentation">
                {i.group}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above carries the keys */}
            {/* biome-ignore lint/a11y/useFocusableInteractive: options are reached by aria-activedescendant */}
            <div
              id={`pal-${n}`}
              role="option"
              className="palette-o"
              aria-selected={n === cursor}
              onClick={() => run(i)}
              onPointerMove={() => n !== cursor && setAt(n)}
            >
              <span className="palette-i">
                {i.icon ?? (i.keys ? <IconCornerDownLeft size={17} stroke={1.7} /> : <IconHash size={17} stroke={1.7} />)}
              </span>
              <span className="palette-t">
                {i.marked ? <Marked of={i.marked} /> : i.label}
                {i.detail && <small>{i.detail}</small>}
                {i.said && (
                  <small className="cut">
                    <Marked of={i.said} />
                  </small>
                )}
              </span>
              {i.keys && <Keys keys={i.keys} />}
            </div>
          </div>
        ))}
        {items.length === 0 && <p className="picker-e">{t('palette.none')}</p>}
      </div>
    </Dialog>
  );
}
/** What is done to most tickets comes first, until this account has habits of its own. */
const FIRST = ['reply', 'note', 'solve', 'assignMe', 'assign', 'state', 'team', 'priority', 'tags', 'solveNext', 'type'];
const rank = (id: string) => (FIRST.indexOf(id) + FIRST.length + 1) % (FIRST.length + 1);
const order = (g: Group) => ['ticket', 'list', 'go', 'app'].indexOf(g);
