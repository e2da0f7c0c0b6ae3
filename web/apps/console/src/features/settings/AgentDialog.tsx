import type { Agent } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { FormDialog, MultiSelect, Switch } from '@madoguchi/ui/forms';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { useSave } from '../../app/save.ts';
import { useTeams } from '../ticket/data.ts';
import { useRoleOptions } from './roles.ts';

export function AgentDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const allRoles = useRoleOptions();
  const allTeams = useTeams();
  const [roles, setRoles] = useState(agent.roles);
  const [teams, setTeams] = useState(agent.teams.map(String));
  const [active, setActive] = useState(agent.state === 'active');
  const may = (what: string) => agent.can?.includes(what) ?? true;
  const save = useSave(agent.name, {
    mutationFn: () =>
      api.people.saveAgent(
        agent.id,
        {
          ...(may('change') ? { roles, state: active ? 'active' : 'left' } : {}),
          ...(may('change_teams') ? { teams: teams.map(Number) } : {}),
        },
        { ifMatch: agent.revision },
      ),
    done: onClose,
    // After a refusal too: whoever opens it again sees what the other one saved.
    onSettled: () => {
      void qc.invalidateQueries({ queryKey: keys.agents });
      void qc.invalidateQueries({ queryKey: keys.teams });
    },
  });
  return (
    <FormDialog onClose={onClose} busy={save.isPending} title={agent.name} size={480} closeLabel={tc('do.close')}>
      <div className="stack">
        {save.isError && (
          <Notice tone="shu" role="alert">
            {problemText(save.error, tc)}
          </Notice>
        )}
        <MultiSelect label={t('agent.roles')} data={allRoles} disabled={!may('change')} value={roles} onChange={setRoles} />
        <MultiSelect
          label={t('page.teams')}
          data={allTeams.map((x) => ({ value: String(x.id), label: x.name }))}
          disabled={!may('change_teams')}
          value={teams}
          onChange={setTeams}
        />
        <Switch
          label={t('agent.active')}
          description={t('agent.activeHint')}
          disabled={!may('change')}
          checked={active}
          onChange={(e) => setActive(e.currentTarget.checked)}
        />
        <div className="row-end">
          <Button onClick={onClose}>{tc('do.cancel')}</Button>
          <Button look="fill" busy={save.isPending} disabled={roles.length === 0} onClick={() => save.mutate()}>
            {tc('do.save')}
          </Button>
        </div>
      </div>
    </FormDialog>
  );
}
