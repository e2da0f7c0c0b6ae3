import type { TicketLine } from '@madoguchi/api-client';
import { brief, moment, type Place, useTranslation } from '@madoguchi/i18n';
import { Chip } from '@madoguchi/ui';
import {
  IconApi,
  IconArrowBackUp,
  IconArrowForwardUp,
  IconLock,
  IconMail,
  IconPhone,
  IconUser,
  IconUserQuestion,
  IconWorld,
} from '@tabler/icons-react';
import { memo } from 'react';
import { statusTone } from '../ticket/words.ts';

export interface RowProps {
  row: TicketLine;
  /** Where it stands in its list, in pixels. Numbers, so that a row that stays where it is is not drawn again. */
  top: number;
  height: number;
  active: boolean;
  /** What of ours waits on it: a draft, or something that was sent and did not go. */
  waits?: 'draft' | 'notSent';
  place: Place;
  now: number;
  /** What tells the assignee from another of the same name. */
  hint?: string;
  /** How its state is called. */
  state: string;
  /** How its team is called. */
  team?: string;
  onSelect: (id: number) => void;
}
const CHANNELS: Record<string, typeof IconMail> = {
  mail: IconMail,
  phone: IconPhone,
  in_person: IconUser,
  api: IconApi,
  web: IconWorld,
};

export function ChannelIcon({ channel, size = 14 }: { channel: string; size?: number }) {
  const I = CHANNELS[channel] ?? IconWorld;
  return <I className="ch" size={size} stroke={1.8} aria-hidden="true" />;
}

/** The customer spoke last and the matter is not done: we owe a word. */
const waiting = (r: TicketLine) => r.reply_expected && r.last_message_by === 'contact' && (r.status === 'new' || r.status === 'open');
const rowAt = (r: TicketLine) => r.last_message_at ?? r.updated_at;

function Common({ children, p, className }: { children: React.ReactNode; p: RowProps; className: string }) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list around it carries the keys
    // biome-ignore lint/a11y/useFocusableInteractive: rows are reached by aria-activedescendant
    <div
      id={`row-${p.row.id}`}
      className={className}
      role="option"
      aria-selected={p.active}
      style={{ transform: `translateY(${p.top}px)`, height: p.height }}
      data-active={p.active || undefined}
      data-waiting={waiting(p.row) || undefined}
      onClick={() => p.onSelect(p.row.id)}
    >
      {children}
    </div>
  );
}

const SIGN = { note: IconLock, forward: IconArrowForwardUp, stranger: IconUserQuestion };

/** What the beginning that follows is of, where it is neither the customer's word nor ours to them. */
function Sign({ row: r }: { row: TicketLine }) {
  const { t } = useTranslation('console');
  const kind = r.last_message_kind;
  if (kind === 'note' || kind === 'forward' || kind === 'stranger') {
    const I = SIGN[kind];
    return (
      <span className="sg" data-k={kind}>
        <I size={12} aria-hidden="true" />
        {t(`list.last.${kind}`)}
      </span>
    );
  }
  const ours = r.last_message_by === 'agent' || r.last_message_by === 'token';
  return ours && !r.undelivered ? <IconArrowBackUp className="ch" size={13} aria-label={t('list.weAnswered')} /> : null;
}

/** A hot row: plain elements and plain CSS. */
export const CardRow = memo(function CardRow(p: RowProps) {
  const { t } = useTranslation('console');
  const r = p.row;
  return (
    <Common p={p} className="row">
      <div className="r1">
        <ChannelIcon channel={r.channel} />
        <span className="who">{r.requester?.name ?? t('value.nobody')}</span>
        <span className="co">{r.requester?.organization}</span>
        <time dateTime={rowAt(r)} title={moment(rowAt(r), p.place)}>
          {brief(rowAt(r), p.now, p.place)}
        </time>
      </div>
      <div className="r2">
        {r.priority === 'urgent' && (
          <em className="urg" title={t('priority.urgent')}>
            !<span className="vh">{t('priority.urgent')}</span>
          </em>
        )}
        {r.priority === 'high' && (
          <em className="urg" data-high title={t('priority.high')}>
            ↑<span className="vh">{t('priority.high')}</span>
          </em>
        )}
        {r.subject}
      </div>
      <div className="r3">
        {p.waits && <span className="dr">{t(`list.${p.waits}`)}</span>}
        {r.undelivered && <span className="dr">{t(`list.undelivered.${r.undelivered}`)}</span>}
        <Sign row={r} />
        <span className="sn">{r.snippet}</span>
        <span className="own" data-hint={!!p.hint || undefined}>
          {r.assignee?.name ?? t('value.unassigned')} {p.hint && <i>{p.hint}</i>}
        </span>
        {!r.reply_expected && <Chip>{t('value.noReply')}</Chip>}
        <Chip tone={statusTone(r.status)}>{p.state}</Chip>
      </div>
    </Common>
  );
});

const COLS = ['number', 'status', 'priority', 'subject', 'requester', 'organization', 'team', 'assignee', 'created', 'updated'] as const;

export function TableHead() {
  const { t } = useTranslation('console');
  return (
    <div className="trow thead" aria-hidden="true">
      {COLS.map((c) => (
        <span key={c}>{t(`col.${c}`)}</span>
      ))}
    </div>
  );
}

export const TableRow = memo(function TableRow(p: RowProps) {
  const { t } = useTranslation('console');
  const r = p.row;
  return (
    <Common p={p} className="row trow">
      <span className="num dim">#{r.number}</span>
      <span>
        <Chip tone={statusTone(r.status)}>{p.state}</Chip>
      </span>
      <span data-pr={r.priority}>{t(`priority.${r.priority}`)}</span>
      <span className="t-sub">
        {p.waits && <b className="dr">{t(`list.${p.waits}`)} </b>}
        {r.undelivered && <b className="dr">{t(`list.undelivered.${r.undelivered}`)} </b>}
        {r.subject} <Sign row={r} />
        <i className="dim"> {r.snippet}</i>
      </span>
      <span>{r.requester?.name}</span>
      <span className="dim">{r.requester?.organization}</span>
      <span>{p.team}</span>
      <span title={p.hint}>
        {r.assignee?.name ?? <i className="dim">{t('value.unassigned')}</i>} {p.hint && <i className="dim">{p.hint}</i>}
      </span>
      <time dateTime={r.created_at} title={moment(r.created_at, p.place)}>
        {brief(r.created_at, p.now, p.place)}
      </time>
      <time dateTime={rowAt(r)} title={moment(rowAt(r), p.place)}>
        {brief(rowAt(r), p.now, p.place)}
      </time>
    </Common>
  );
});
