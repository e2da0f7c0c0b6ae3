import type { Agent, TicketPatch, TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { type Option, Picker, toast } from '@madoguchi/ui';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { api } from '../../app/api.ts';
import { type Command, useCommands } from '../../app/commands.ts';
import { useSession } from '../../app/session.ts';
import { useAgents, useNamesakes } from './agents.ts';
import { changeTicket } from './change.ts';
import { wishToWrite } from './compose.ts';
import { can, useStates, useTeams } from './data.ts';
import type { Mode } from './drafts.ts';
import { unmerge } from './merging.ts';
import { useOpenWalls, useWallName } from './walls.ts';
import { PRIORITIES, TYPES, useStateName } from './words.ts';

const MergeDialog = lazy(() => import('./MergeDialog.tsx'));

export type PickKind = 'assignee' | 'state' | 'priority' | 'type' | 'tags' | 'team' | 'wall';

/** Every field that one can choose from a list, for the ticket under the cursor; the same in list and conversation. */
export function TicketActions({
  ticket,
  picking,
  setPicking,
  onSolved,
  onWrite,
  onLead,
  knownTags,
}: {
  ticket: TicketView;
  picking: PickKind | null;
  setPicking: (k: PickKind | null) => void;
  onSolved: () => void;
  onWrite: () => void;
  onLead: (id: number) => void;
  knownTags: string[];
}) {
  const { t } = useTranslation('console');
  const [merging, setMerging] = useState(false);
  const { agent: me, rights } = useSession();
  const states = useStates(ticket.type);
  const solved = states.find((s) => s.status === 'solved');
  const mayChange = can(ticket, 'change');
  const mayAssign = can(ticket, 'assign');
  const mayMove = can(ticket, 'move');
  const walls = useOpenWalls();
  const mayMoveBehind = can(ticket, 'wall') && walls.some((w) => w.id !== ticket.wall);
  // Which ticket the agent is at when an answer comes; none after the list was left.
  const at = useRef<number | null>(null);
  useEffect(() => {
    at.current = ticket.id;
    return () => {
      at.current = null;
    };
  }, [ticket.id]);

  const commands = useMemo<Command[]>(() => {
    const detail = `#${ticket.number}`;
    const list: Command[] = [];
    const write = (mode: Mode, pass?: 'last') => {
      wishToWrite(ticket.id, mode, pass);
      onWrite();
    };
    // Before the ticket itself is read, only one's rights are known; the composer decides when it comes.
    const may = (verb: 'reply' | 'note') => (ticket.can.length > 0 ? can(ticket, verb) : rights.includes(`ticket.${verb}`));
    if (may('reply')) {
      list.push({ id: 'reply', group: 'ticket', label: t('composer.reply'), detail, keys: 'r', run: () => write('reply') });
    }
    if (may('note')) {
      list.push({ id: 'note', group: 'ticket', label: t('composer.note'), detail, keys: 'n', run: () => write('note') });
    }
    if (rights.includes('ticket.reply')) {
      list.push({ id: 'forward', group: 'ticket', label: t('do.forward'), detail, keys: 'f', run: () => write('forward', 'last') });
    }
    const solve = (then?: () => void) => {
      if (!solved || ticket.status === 'solved') return;
      const back = { state: ticket.state, status: ticket.status };
      void changeTicket(ticket.id, { state: solved.key }, { state: solved.key, status: 'solved' }).then((ok) => {
        if (!ok) return;
        toast(t('toast.solved', { number: ticket.number }), {
          action: { label: t('do.undo'), run: () => void changeTicket(ticket.id, { state: back.state }, back) },
        });
        // Whoever has gone on alone meanwhile is not taken further.
        if (at.current === ticket.id) then?.();
      });
    };
    if (mayChange) {
      list.push({ id: 'solve', group: 'ticket', label: t('do.solve'), detail, keys: 'e', run: () => solve() });
      list.push({ id: 'solveNext', group: 'ticket', label: t('do.solveNext'), detail, keys: 'shift+e', run: () => solve(onSolved) });
    }
    if (mayAssign) {
      const mine = { id: me.id, name: me.name };
      list.push({ id: 'assign', group: 'ticket', label: t('do.assign'), detail, keys: 'a', run: () => setPicking('assignee') });
      list.push({
        id: 'assignMe',
        group: 'ticket',
        label: t('do.assignMe'),
        detail,
        keys: 'i',
        run: () => void changeTicket(ticket.id, { assignee: me.id }, { assignee: mine }),
      });
    }
    if (mayMove) list.push({ id: 'team', group: 'ticket', label: t('do.team'), detail, keys: 'v', run: () => setPicking('team') });
    if (mayChange) {
      list.push({ id: 'state', group: 'ticket', label: t('do.state'), detail, keys: 's', run: () => setPicking('state') });
      list.push({ id: 'priority', group: 'ticket', label: t('do.priority'), detail, keys: 'p', run: () => setPicking('priority') });
      list.push({ id: 'tags', group: 'ticket', label: t('do.tags'), detail, keys: 'l', run: () => setPicking('tags') });
      list.push({ id: 'type', group: 'ticket', label: t('do.type'), detail, keys: 't', run: () => setPicking('type') });
    }
    if (rights.includes('letter.read')) {
      const take = (format: 'zip' | 'mbox', notes: boolean) => takeAlong(api.mail.lettersUrl(ticket.id, format, notes));
      list.push({ id: 'export', group: 'ticket', label: t('do.export'), detail, run: () => take('zip', false) });
      list.push({ id: 'exportMbox', group: 'ticket', label: t('do.exportMbox'), detail, run: () => take('mbox', false) });
      if (rights.includes('ticket.note')) {
        list.push({ id: 'exportNotes', group: 'ticket', label: t('do.exportNotes'), detail, run: () => take('zip', true) });
      }
    }
    if (mayMoveBehind) list.push({ id: 'wall', group: 'ticket', label: t('do.wall'), detail, run: () => setPicking('wall') });
    if (can(ticket, 'merge'))
      list.push({ id: 'merge', group: 'ticket', label: t('do.merge'), detail, keys: 'm', run: () => setMerging(true) });
    if (can(ticket, 'unmerge')) {
      for (const side of ticket.sides) {
        const label = t('merge.undo', { number: side.number });
        list.push({ id: `unmerge${side.id}`, group: 'ticket', label, detail, run: () => void unmerge(side, ticket.id) });
      }
    }
    return list;
  }, [t, ticket, solved, me, rights, mayChange, mayAssign, mayMove, mayMoveBehind, setPicking, onSolved, onWrite]);
  useCommands(commands);

  if (merging) {
    return (
      <Suspense fallback={null}>
        <MergeDialog key={ticket.id} ticket={ticket} onClose={() => setMerging(false)} onLead={onLead} />
      </Suspense>
    );
  }
  if (!picking) return null;
  return (
    <FieldPicker key={`${ticket.id}-${picking}`} kind={picking} ticket={ticket} knownTags={knownTags} onClose={() => setPicking(null)} />
  );
}

function FieldPicker({
  kind,
  ticket,
  knownTags,
  onClose,
}: {
  kind: PickKind;
  ticket: TicketView;
  knownTags: string[];
  onClose: () => void;
}) {
  const { t } = useTranslation('console');
  const me = useSession().agent;
  const agents = useAgents();
  const hints = useNamesakes();
  const teams = useTeams();
  const states = useStates(ticket.type);
  const stateName = useStateName();
  const walls = useOpenWalls();
  const wallName = useWallName();
  const [tags, setTags] = useState(ticket.tags);
  const [anchor] = useState(() => document.querySelector(`[data-pick="${kind}"]`));

  const options = useMemo<Option[]>(() => {
    switch (kind) {
      case 'assignee': {
        const first = (a: Agent) => rank(a, me.id, ticket);
        const sorted = [...agents].sort((a, b) => first(b) - first(a));
        return [
          { value: '', label: t('value.nobody') },
          ...sorted.map((a) => ({
            value: String(a.id),
            label: a.id === me.id ? t('value.me', { name: a.name }) : a.name,
            detail: hints.get(a.id)?.address,
            keywords: a.email,
          })),
        ];
      }
      case 'team':
        return [{ value: '', label: t('value.noTeam') }, ...teams.map((x) => ({ value: String(x.id), label: x.name }))];
      case 'state':
        return states.map((s) => ({ value: s.key, label: stateName(s) }));
      case 'priority':
        return PRIORITIES.map((p) => ({ value: p, label: t(`priority.${p}`) }));
      case 'type':
        return TYPES.map((x) => ({ value: x, label: t(`type.${x}`) }));
      case 'wall':
        return walls.map((w) => ({ value: String(w.id), label: wallName(w), detail: w.open ? undefined : t('wall.closed') }));
      case 'tags':
        return [...new Set([...ticket.tags, ...tags, ...knownTags])].map((x) => ({ value: x, label: x }));
    }
  }, [kind, agents, hints, teams, states, stateName, walls, wallName, t, ticket, me.id, knownTags, tags]);

  const selected: string[] = {
    assignee: [String(ticket.assignee?.id ?? '')],
    team: [String(ticket.team?.id ?? '')],
    state: [ticket.state],
    priority: [ticket.priority],
    type: [ticket.type],
    wall: [String(ticket.wall)],
    tags,
  }[kind];

  const pick = (v: string) => {
    if (kind === 'tags') {
      setTags((o) => (o.includes(v) ? o.filter((x) => x !== v) : [...o, v]));
      return;
    }
    if (selected.includes(v)) return;
    const name = options.find((o) => o.value === v)?.label ?? v;
    const ref = v ? { id: Number(v), name: agents.find((a) => kind === 'assignee' && a.id === Number(v))?.name ?? name } : null;
    let patch: TicketPatch = { [kind]: v };
    let show: Partial<TicketView> = { [kind]: v };
    if (kind === 'assignee' || kind === 'team') {
      patch = { [kind]: ref?.id ?? null };
      show = { [kind]: ref };
    } else if (kind === 'wall') {
      patch = { wall: Number(v) };
      show = { wall: Number(v) };
    } else if (kind === 'state') {
      show = { state: v, status: states.find((s) => s.key === v)?.status ?? ticket.status };
    }
    void changeTicket(ticket.id, patch, show);
  };
  const close = () => {
    const changed = kind === 'tags' && [...tags].sort().join('\n') !== [...ticket.tags].sort().join('\n');
    if (changed) void changeTicket(ticket.id, { tags }, { tags });
    onClose();
  };
  useEffect(() => {
    anchor?.setAttribute('aria-expanded', 'true');
    return () => anchor?.setAttribute('aria-expanded', 'false');
  }, [anchor]);

  return (
    <Picker
      label={t(`field.${kind}`)}
      options={options}
      selected={selected}
      multiple={kind === 'tags'}
      create={kind === 'tags' ? (text) => t('tags.create', { text }) : undefined}
      search={kind === 'assignee' || kind === 'team' || kind === 'tags'}
      searchLabel={t(`pick.${kind}`)}
      emptyLabel={t('pick.none')}
      moreLabel={t('pick.more')}
      anchor={anchor}
      onPick={pick}
      onClose={close}
    />
  );
}

/** The browser keeps the file itself, however large it is. */
function takeAlong(url: string) {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
}

/** Me first, then whoever has it, then the ticket's team, then everybody. */
function rank(a: Agent, me: number, ticket: TicketView): number {
  if (a.id === me) return 3;
  if (a.id === ticket.assignee?.id) return 2;
  return ticket.team && a.teams.includes(ticket.team.id) ? 1 : 0;
}
