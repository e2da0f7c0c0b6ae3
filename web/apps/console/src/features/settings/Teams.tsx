import { isProblem, type Team } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Avatar, Button, Chip, Empty, Notice } from '@madoguchi/ui';
import { FormDialog, MultiSelect, Switch, TextInput } from '@madoguchi/ui/forms';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { useSave } from '../../app/save.ts';
import { useSession } from '../../app/session.ts';
import { useAgentOptions, useAgents, useNamesakes } from '../ticket/agents.ts';
import { teamsQuery, useTeamName } from '../ticket/data.ts';
import { labelled } from '../ticket/namesakes.ts';
import { Loaded, Page } from './Page.tsx';

export default function Teams() {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const list = useQuery(teamsQuery);
  const agents = useAgents();
  const teamName = useTeamName();
  const hints = useNamesakes();
  const [editing, setEditing] = useState<Team | 'new' | null>(null);
  const names = (team: Team) =>
    agents
      .filter((a) => team.agents.includes(a.id))
      .map((a) => labelled(a, hints))
      .join(tc('value.comma'));
  const add = useSession().rights.includes('team.change') && (
    <Button look="fill" onClick={() => setEditing('new')}>
      <IconPlus size={15} aria-hidden="true" />
      {t('team.add')}
    </Button>
  );
  return (
    <Page name="teams" action={add}>
      <Loaded query={list}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty icon={<IconUsersGroup size={24} />} title={t('team.none')}>
              <p>{t('team.noneHint')}</p>
            </Empty>
          ) : (
            <ul className="cards">
              {data.items.map((x) => (
                <li key={x.id} className="card line">
                  <h2>{teamName(x)}</h2>
                  {x.archived && <Chip>{t('team.archived')}</Chip>}
                  <span className="grow" />
                  <span className="faces" title={names(x)}>
                    {x.agents.slice(0, 6).map((id) => (
                      <Avatar key={id} name={agents.find((a) => a.id === id)?.name ?? '?'} kind="agent" size={26} />
                    ))}
                  </span>
                  <span className="dim num">{t('team.size', { count: x.agents.length })}</span>
                  {(x.can?.includes('change') ?? true) && (
                    <Button aria-label={t('team.editName', { name: teamName(x) })} onClick={() => setEditing(x)}>
                      {t('team.edit')}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {editing && <TeamDialog team={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}

function TeamDialog({ team, onClose }: { team: Team | null; onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const agents = useAgentOptions();
  const teamName = useTeamName();
  const shown = team ? teamName(team) : '';
  const [name, setName] = useState(shown);
  const [members, setMembers] = useState((team?.agents ?? []).map(String));
  const [archived, setArchived] = useState(team?.archived ?? false);
  const save = useSave(name, {
    mutationFn: () => {
      const agentIds = members.map(Number);
      if (!team) return api.people.addTeam({ name: name.trim(), agents: agentIds });
      // A name of the catalogs that was left as it was shown is not made the house's own.
      const renamed = name.trim() === shown ? {} : { name: name.trim() };
      return api.people.saveTeam(team.id, { ...renamed, agents: agentIds, archived }, { ifMatch: team.revision });
    },
    done: onClose,
    onSettled: () => {
      void qc.invalidateQueries({ queryKey: keys.teams });
      void qc.invalidateQueries({ queryKey: keys.agents });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <FormDialog onClose={onClose} busy={save.isPending} title={t(team ? 'team.edit' : 'team.add')} size={480} closeLabel={tc('do.close')}>
      <form className="stack" onSubmit={submit}>
        {save.isError && (
          <Notice tone="shu" role="alert">
            {problemText(save.error, tc)}
          </Notice>
        )}
        <TextInput
          label={t('team.name')}
          required
          data-autofocus
          value={name}
          error={isProblem(save.error) ? save.error.field('name') : undefined}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <MultiSelect label={t('team.members')} searchable data={agents} limit={100} value={members} onChange={setMembers} />
        {team && (
          <Switch
            label={t('team.archive')}
            description={t('team.archiveHint')}
            checked={archived}
            onChange={(e) => setArchived(e.currentTarget.checked)}
          />
        )}
        <FormEnd onCancel={onClose} busy={save.isPending} />
      </form>
    </FormDialog>
  );
}
