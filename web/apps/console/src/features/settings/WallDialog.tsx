import { isProblem, type Wall } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { FormDialog, MultiSelect, TextInput } from '@madoguchi/ui/forms';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { useSave } from '../../app/save.ts';
import { useSession } from '../../app/session.ts';
import { useAgentOptions } from '../ticket/agents.ts';
import { useTeamName } from '../ticket/data.ts';
import { letIn } from '../ticket/letIn.ts';
import { useWallName } from '../ticket/walls.ts';
import { useEveryTeam } from './teams.ts';

export function WallDialog({ wall, onClose }: { wall: Wall | null; onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const me = useSession();
  const agentOptions = useAgentOptions();
  const allTeams = useEveryTeam();
  const teamName = useTeamName();
  const wallName = useWallName();
  const shown = wall ? wallName(wall) : '';
  const [name, setName] = useState(shown);
  const [agents, setAgents] = useState((wall?.agents ?? [me.agent.id]).map(String));
  const [teams, setTeams] = useState((wall?.teams ?? []).map(String));
  const closed = !wall?.open;
  const save = useSave(name, {
    mutationFn: () => {
      const inside = { agents: agents.map(Number), teams: teams.map(Number) };
      if (!wall) return api.people.addWall({ name: name.trim(), ...inside });
      // A name of the catalogs that was left as it was shown is not made the house's own.
      const renamed = name.trim() === shown ? {} : { name: name.trim() };
      return api.people.saveWall(wall.id, { ...renamed, ...(closed ? inside : {}) }, { ifMatch: wall.revision });
    },
    done: onClose,
    // Who is let in sees at once what stands behind it, and who is no more does not.
    onSettled: () => {
      for (const queryKey of [keys.walls, keys.lists, keys.counts]) void qc.invalidateQueries({ queryKey });
    },
  });
  const after = { open: !closed, agents: agents.map(Number), teams: teams.map(Number) } as Wall;
  const inside = letIn(
    after,
    me.agent.id,
    me.teams.map((team) => team.id),
  );
  const err = (field: string) => (isProblem(save.error) ? save.error.field(field) : undefined);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <FormDialog
      onClose={onClose}
      busy={save.isPending}
      title={t(wall ? 'wall.editTitle' : 'wall.add')}
      size={520}
      closeLabel={tc('do.close')}
    >
      <form className="stack" onSubmit={submit} noValidate>
        {save.isError && (
          <Notice tone="shu" role="alert">
            {problemText(save.error, tc)}
          </Notice>
        )}
        <TextInput
          label={t('wall.name')}
          description={t('wall.nameHint')}
          required
          data-autofocus
          value={name}
          error={err('name')}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        {closed ? (
          <>
            <MultiSelect
              label={t('wall.teams')}
              description={t('wall.teamsHint')}
              searchable
              data={allTeams
                .filter((x) => !x.archived || teams.includes(String(x.id)))
                .map((x) => ({ value: String(x.id), label: teamName(x) }))}
              value={teams}
              error={err('teams')}
              onChange={setTeams}
            />
            <MultiSelect
              label={t('wall.agents')}
              searchable
              data={agentOptions}
              limit={100}
              value={agents}
              error={err('agents')}
              onChange={setAgents}
            />
            {!inside && <Notice tone="yama">{t('wall.notInside')}</Notice>}
          </>
        ) : (
          <p className="dim small">{t('wall.openHint')}</p>
        )}
        <FormEnd onCancel={onClose} busy={save.isPending} />
      </form>
    </FormDialog>
  );
}
