import type { Agent, Invitation } from '@madoguchi/api-client';
import { day, useTranslation } from '@madoguchi/i18n';
import { Avatar, Button, Chip, Notice } from '@madoguchi/ui';
import { TextInput } from '@madoguchi/ui/forms';
import { IconMailForward, IconUserPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { More, usePages } from '../../app/paged.tsx';
import { usePlace, useSession } from '../../app/session.ts';
import { agentsQuery, useNamesakes } from '../ticket/agents.ts';
import { useTeams } from '../ticket/data.ts';
import { labelled } from '../ticket/namesakes.ts';
import { AgentDialog } from './AgentDialog.tsx';
import { Confirm } from './Confirm.tsx';
import { CopyField } from './CopyField.tsx';
import { InviteDialog } from './InviteDialog.tsx';
import { Loaded, Page } from './Page.tsx';
import { useRoleName } from './roles.ts';

const idOf = (i: Invitation) => i.id;

export default function Agents() {
  const { t } = useTranslation('console.settings');
  const mayInvite = useSession().rights.includes('invitation.change');
  const list = useQuery(agentsQuery);
  const invitations = usePages({ queryKey: ['invitations'], read: api.people.invitations, idOf, enabled: mayInvite });
  const [inviting, setInviting] = useState(false);
  const [editing, setEditing] = useState<Agent | null>(null);
  return (
    <Page
      name="agents"
      action={
        mayInvite && (
          <Button look="fill" onClick={() => setInviting(true)}>
            <IconUserPlus size={16} aria-hidden="true" />
            {t('agent.invite')}
          </Button>
        )
      }
    >
      {invitations.rows.length > 0 && (
        <section className="stack-s">
          <h2>{t('agent.invited')}</h2>
          <ul className="cards">
            {invitations.rows.map((i) => (
              <InvitationRow key={i.id} i={i} />
            ))}
          </ul>
          <More list={invitations} />
        </section>
      )}
      <Loaded query={list}>{(data) => <AgentList all={data.items} cut={data.next !== null} onEdit={setEditing} />}</Loaded>
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
      {editing && <AgentDialog agent={editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}

/** Names shown at once; the others come at a press, or by typing. */
const AGENTS_SHOWN = 100;
const norm = (s: string) => s.normalize('NFKC').toLowerCase();

function AgentList({ all, cut, onEdit }: { all: Agent[]; cut: boolean; onEdit: (a: Agent) => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const [text, setText] = useState('');
  const [count, setCount] = useState(AGENTS_SHOWN);
  const wanted = norm(text.trim());
  const hits = wanted ? all.filter((a) => norm(`${a.name} ${a.email}`).includes(wanted)) : all;
  return (
    <>
      {all.length > AGENTS_SHOWN && (
        <TextInput
          type="search"
          aria-label={t('agent.find')}
          placeholder={t('agent.find')}
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
        />
      )}
      {cut && <Notice tone="yama">{t('agent.cut', { count: all.length })}</Notice>}
      {hits.length === 0 && <p className="dim">{tc('pick.none')}</p>}
      <ul className="cards">
        {hits.slice(0, count).map((a) => (
          <AgentRow key={a.id} a={a} onEdit={() => onEdit(a)} />
        ))}
      </ul>
      {hits.length > count && <Button onClick={() => setCount((n) => n + AGENTS_SHOWN)}>{tc('do.more')}</Button>}
    </>
  );
}

function AgentRow({ a, onEdit }: { a: Agent; onEdit: () => void }) {
  const { t } = useTranslation('console.settings');
  const teams = useTeams();
  const roleName = useRoleName();
  const hints = useNamesakes();
  return (
    <li className="card line" data-off={a.state === 'left' || undefined}>
      <Avatar name={a.name} kind={a.state === 'left' ? 'system' : 'agent'} size={34} />
      <div className="who-l">
        <h2>{a.name}</h2>
        <span className="dim small cut">{a.email}</span>
      </div>
      <span className="grow" />
      {a.state === 'left' && <Chip>{t('agent.left')}</Chip>}
      {a.state === 'active' && a.second_step && <Chip tone="waka">{t('agent.secondStep')}</Chip>}
      <span className="tags-l">
        {a.roles.map((r) => (
          <Chip key={r} tone="ai">
            {roleName(r)}
          </Chip>
        ))}
        {a.teams.map((id) => {
          const name = teams.find((x) => x.id === id)?.name;
          return name ? (
            <span key={id} className="tag">
              {name}
            </span>
          ) : null;
        })}
      </span>
      {(a.can?.length ?? 1) > 0 && (
        <Button aria-label={t('agent.editName', { name: labelled(a, hints) })} onClick={onEdit}>
          {t('agent.edit')}
        </Button>
      )}
    </li>
  );
}

function InvitationRow({ i }: { i: Invitation }) {
  const { t } = useTranslation('console.settings');
  const place = usePlace();
  const qc = useQueryClient();
  const [asking, setAsking] = useState(false);
  return (
    <li className="card inv">
      <div className="line">
        <IconMailForward size={18} aria-hidden="true" />
        <b className="cut">{i.email}</b>
        <span className="grow" />
        <span className="dim small">{t('agent.until', { when: day(i.expires_at, place) })}</span>
        <Button look="danger" onClick={() => setAsking(true)}>
          {t('agent.withdraw')}
        </Button>
      </div>
      {i.link && <CopyField label={t('agent.link')} text={i.link} />}
      {asking && (
        <Confirm
          title={t('agent.withdraw')}
          text={t('agent.withdrawText', { email: i.email })}
          verb={t('agent.withdraw')}
          run={() => api.people.withdraw(i.id).then(() => qc.invalidateQueries({ queryKey: ['invitations'] }))}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}
