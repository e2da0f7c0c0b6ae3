import type { TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Avatar, Chip, IconButton, isEnter, isImeKey, Keys } from '@madoguchi/ui';
import {
  IconArrowLeft,
  IconCheck,
  IconChevronDown,
  IconChevronUp,
  IconDownload,
  IconHash,
  IconLayoutSidebarRight,
  IconLock,
  IconPencil,
  IconTag,
  IconWall,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useAllCommands } from '../../app/commands.ts';
import { hintOf, useNamesakes } from './agents.ts';
import { changeTicket } from './change.ts';
import { can, useTeamName } from './data.ts';
import type { PickKind } from './TicketActions.tsx';
import { useOpenWalls, useWallName, useWalls } from './walls.ts';
import './header.css';
import { priorityTone, statusTone, useStateName } from './words.ts';

interface Props {
  ticket: TicketView;
  onBack: () => void;
  onStep: (d: number) => void;
  onPick: (k: PickKind) => void;
  onPanel: () => void;
  hasPrev: boolean;
  hasNext: boolean;
  /** No list beside it: its subject is then the page's heading. */
  alone: boolean;
}

/** Two lines: the matter, and its fields. Every field is its own button. */
export function Header({ ticket, onBack, onStep, onPick, onPanel, hasPrev, hasNext, alone }: Props) {
  const { t } = useTranslation('console');
  const commands = useAllCommands();
  const solve = commands.find((c) => c.id === 'solve');
  const take = commands.find((c) => c.id === 'export');
  const stateName = useStateName();
  const teamName = useTeamName();
  const who = hintOf(useNamesakes(), ticket.assignee?.id);
  const change = can(ticket, 'change');
  const assign = can(ticket, 'assign');
  const move = can(ticket, 'move');
  const pick = (k: PickKind, allowed: boolean) => ({
    'data-pick': k,
    'aria-haspopup': 'listbox' as const,
    disabled: !allowed,
    onClick: () => onPick(k),
  });
  const done = ticket.status === 'solved' || ticket.status === 'closed';
  return (
    <header className="ch-h">
      <IconButton label={t('conv.back')} keys="Escape" className="back" onClick={onBack}>
        <IconArrowLeft size={19} />
      </IconButton>
      <div className="ttl">
        <Subject ticket={ticket} editable={change} alone={alone} />
      </div>
      <div className="acts">
        <IconButton label={t('cmd.prev')} keys="k" className="only-d" disabled={!hasPrev} onClick={() => onStep(-1)}>
          <IconChevronUp size={18} />
        </IconButton>
        <IconButton label={t('cmd.next')} keys="j" className="only-d" disabled={!hasNext} onClick={() => onStep(1)}>
          <IconChevronDown size={18} />
        </IconButton>
        {take && (
          <IconButton label={take.label} className="only-d" onClick={() => take.run()}>
            <IconDownload size={18} />
          </IconButton>
        )}
        <IconButton label={t('cmd.panel')} keys="]" onClick={onPanel}>
          <IconLayoutSidebarRight size={18} />
        </IconButton>
        {change && !done && (
          <button type="button" className="btn solve" onClick={() => solve?.run()} disabled={!solve}>
            <IconCheck size={16} aria-hidden="true" />
            {t('do.solve')}
            <span className="only-d">
              <Keys keys="e" />
            </span>
          </button>
        )}
      </div>
      <div className="meta">
        <WallField ticket={ticket} open={false} pick={pick} />
        <button type="button" className="fld" title={t('field.state')} {...pick('state', change)}>
          <Chip tone={statusTone(ticket.status)}>{stateName({ key: ticket.state })}</Chip>
        </button>
        <button type="button" className="fld" title={t('field.priority')} {...pick('priority', change)}>
          <Chip tone={priorityTone(ticket.priority)}>{t(`priority.${ticket.priority}`)}</Chip>
        </button>
        <span className="num">#{ticket.number}</span>
        <button type="button" className="fld" title={t('field.type')} {...pick('type', change)}>
          {t(`type.${ticket.type}`)}
        </button>
        <button type="button" className="fld" title={t('field.assignee')} {...pick('assignee', assign)}>
          {ticket.assignee ? <Avatar name={ticket.assignee.name} kind="agent" size={18} /> : null}
          {ticket.assignee?.name ?? t('value.unassigned')}
          {who && <small>{who}</small>}
        </button>
        <button type="button" className="fld" title={t('field.team')} {...pick('team', move)}>
          <IconHash size={13} aria-hidden="true" />
          {ticket.team ? teamName(ticket.team) : t('value.noTeam')}
        </button>
        <button type="button" className="fld" title={t('field.tags')} {...pick('tags', change)}>
          {ticket.tags.length > 0 ? (
            ticket.tags.map((x) => (
              <span key={x} className="tag">
                {x}
              </span>
            ))
          ) : (
            <IconTag size={13} aria-hidden="true" />
          )}
          {ticket.tags.length === 0 && t('field.tags')}
        </button>
        <WallField ticket={ticket} open={true} pick={pick} />
        {!ticket.reply_expected && (
          <button
            type="button"
            className="fld"
            title={t('conv.expectReply')}
            disabled={!change}
            onClick={() => void changeTicket(ticket.id, { reply_expected: true }, { reply_expected: true })}
          >
            <Chip>{t('value.noReply')}</Chip>
          </button>
        )}
        {ticket.sides.length > 0 && (
          <span className="dim">{t('merge.sides', { numbers: ticket.sides.map((s) => `#${s.number}`).join(t('value.comma')) })}</span>
        )}
        {ticket.split_from && (
          <Link to="/tickets/$ticketId" params={{ ticketId: String(ticket.split_from.id) }} search={(s) => s}>
            {t('split.from', { number: ticket.split_from.number })}
          </Link>
        )}
        {ticket.follows && (
          <Link to="/tickets/$ticketId" params={{ ticketId: String(ticket.follows.id) }} search={(s) => s}>
            {t('conv.follows', { number: ticket.follows.number })}
          </Link>
        )}
      </div>
    </header>
  );
}

interface WallProps {
  ticket: TicketView;
  /** Whether this is the place of open walls or of closed ones. */
  open: boolean;
  pick: (k: PickKind, allowed: boolean) => object;
}

/** Said first of a ticket that is not for everybody's eyes; otherwise offered last to whoever has a choice. */
function WallField({ ticket, open, pick }: WallProps) {
  const { t } = useTranslation('console');
  const wall = useWalls().find((w) => w.id === ticket.wall);
  const choices = useOpenWalls();
  const name = useWallName();
  const may = can(ticket, 'wall') && choices.some((w) => w.id !== ticket.wall);
  if (!wall || wall.open !== open || (open && !may)) return null;
  return (
    <button type="button" className="fld" title={t('field.wall')} {...pick('wall', may)}>
      {wall.open ? (
        <>
          <IconWall size={13} aria-hidden="true" />
          {name(wall)}
        </>
      ) : (
        <Chip tone="fuji">
          <IconLock size={12} aria-hidden="true" /> {name(wall)}
        </Chip>
      )}
    </button>
  );
}

function Subject({ ticket, editable, alone }: { ticket: TicketView; editable: boolean; alone: boolean }) {
  const Heading = alone ? 'h1' : 'h2';
  const { t } = useTranslation('console');
  const [text, setText] = useState<string | null>(null);
  const save = () => {
    const s = text?.trim();
    setText(null);
    if (s && s !== ticket.subject) void changeTicket(ticket.id, { subject: s }, { subject: s });
  };
  if (text !== null) {
    return (
      <input
        className="subject-in"
        aria-label={t('field.subject')}
        // biome-ignore lint/a11y/noAutofocus: it replaces the heading that was pressed
        autoFocus
        value={text}
        onChange={(e) => setText(e.target.value)}
        onBlur={save}
        onKeyDown={(e) => {
          if (isImeKey(e)) return;
          e.stopPropagation();
          if (isEnter(e)) save();
          if (e.key === 'Escape') setText(null);
        }}
      />
    );
  }
  return (
    <div className="subject">
      <Heading title={ticket.subject}>{ticket.subject}</Heading>
      {editable && (
        <button
          type="button"
          className="pen"
          aria-label={t('conv.editSubject')}
          title={t('conv.editSubject')}
          onClick={() => setText(ticket.subject)}
        >
          <IconPencil size={14} />
        </button>
      )}
    </div>
  );
}
