import type { TicketField, Unfilled } from '@madoguchi/api-client';
import { language, useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Empty, IconButton, toast } from '@madoguchi/ui';
import { IconArrowDown, IconArrowUp, IconForms, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { fieldsQuery } from '../fields/data.ts';
import { called } from '../fields/label.ts';
import { FieldDialog } from './FieldDialog.tsx';
import { Loaded, Page } from './Page.tsx';
import '../fields/fields.css';
import './fields.css';

/** What the desk wants to know of its tickets, in the order in which agents fill it. */
export default function Fields() {
  const { t } = useTranslation('console.fields');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const list = useQuery(fieldsQuery);
  const unfilled = useQuery({ queryKey: [...keys.fields, 'unfilled'], queryFn: () => api.fields.unfilled() }).data?.items;
  const [editing, setEditing] = useState<TicketField | 'new' | null>(null);
  const [withArchived, setWithArchived] = useState(false);
  const order = useMutation({
    mutationFn: (ids: number[]) => api.fields.order(ids),
    onSuccess: (page) => qc.setQueryData(keys.fields, page),
    onError: (e) => toast(problemText(e, tc), { tone: 'shu' }),
  });
  const move = (fields: TicketField[], at: number, by: 1 | -1) => {
    const ids = fields.map((f) => f.id);
    const [id] = ids.splice(at, 1);
    if (id !== undefined) ids.splice(at + by, 0, id);
    order.mutate(ids);
  };
  const add = (
    <Button look="fill" onClick={() => setEditing('new')}>
      <IconPlus size={15} aria-hidden="true" />
      {t('add')}
    </Button>
  );
  return (
    <Page name="fields" action={list.data && add}>
      <Loaded query={list}>
        {({ items }) => {
          const used = items.filter((f) => !f.archived);
          const gone = items.length - used.length;
          const shown = withArchived ? items : used;
          return (
            <>
              {used.length === 0 && (
                <Empty icon={<IconForms size={24} />} title={t('none')}>
                  <p>{t('noneHint')}</p>
                </Empty>
              )}
              <ul className="cards">
                {shown.map((f, at) => (
                  <FieldCard
                    key={f.id}
                    field={f}
                    lacking={unfilled?.find((u) => u.field === f.id)}
                    first={at === 0}
                    last={at === shown.length - 1}
                    busy={order.isPending}
                    onMove={(by) => move(shown, at, by)}
                    onEdit={() => setEditing(f)}
                  />
                ))}
              </ul>
              {gone > 0 && (
                <Button look="quiet" className="fdl-a" onClick={() => setWithArchived(!withArchived)}>
                  {withArchived ? t('hideArchived') : t('showArchived', { count: gone })}
                </Button>
              )}
            </>
          );
        }}
      </Loaded>
      {editing && (
        <FieldDialog field={editing === 'new' ? null : editing} fields={list.data?.items ?? []} onClose={() => setEditing(null)} />
      )}
    </Page>
  );
}

interface CardProps {
  field: TicketField;
  lacking: Unfilled | undefined;
  first: boolean;
  last: boolean;
  busy: boolean;
  onMove: (by: 1 | -1) => void;
  onEdit: () => void;
}

function FieldCard({ field: f, lacking, first, last, busy, onMove, onEdit }: CardProps) {
  const { t } = useTranslation('console.fields');
  const { t: tc } = useTranslation('console');
  const { t: ts } = useTranslation('console.settings');
  const name = called(f.label, language());
  return (
    <li className="card line fdl" data-archived={f.archived || undefined}>
      <div className="fdl-n">
        <h2>{name}</h2>
        <span className="dim small">
          {t(`holds.${f.holds}`)} · <code>{f.key}</code>
          {f.types.length > 0 && ` · ${f.types.map((x) => tc(`type.${x}`)).join(tc('value.comma'))}`}
        </span>
      </div>
      {f.required !== 'never' && <Chip tone="yama">{t(`required.${f.required}`)}</Chip>}
      {f.when && <Chip tone="ai">{t('conditional')}</Chip>}
      {f.agents_only && <Chip title={t('agentsOnlyHint')}>{t('agentsOnly')}</Chip>}
      {f.archived && <Chip>{t('archived')}</Chip>}
      <span className="grow" />
      {lacking && lacking.open + lacking.done > 0 && (
        <Link className="fdl-u" to="/inbox" search={{ where: JSON.stringify(lacking.condition), named: t('lacking', { name }) }}>
          {t('unfilled', { open: lacking.open, done: lacking.done })}
        </Link>
      )}
      <span className="fdl-b">
        <IconButton label={t('moveUp', { name })} disabled={first || busy} onClick={() => onMove(-1)}>
          <IconArrowUp size={16} />
        </IconButton>
        <IconButton label={t('moveDown', { name })} disabled={last || busy} onClick={() => onMove(1)}>
          <IconArrowDown size={16} />
        </IconButton>
        <Button aria-label={t('editName', { name })} onClick={onEdit}>
          {ts('team.edit')}
        </Button>
      </span>
    </li>
  );
}
