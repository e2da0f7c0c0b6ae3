import { type Invitation, isProblem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { FormDialog, MultiSelect, TextInput } from '@madoguchi/ui/forms';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { useTeams } from '../ticket/data.ts';
import { CopyField } from './CopyField.tsx';
import { useRoleOptions } from './roles.ts';

/** Makes a single-use link. It is shown here, because a new desk has no mail of its own yet. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const allRoles = useRoleOptions();
  const allTeams = useTeams();
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<string[]>(['agent']);
  const [teams, setTeams] = useState<string[]>([]);
  const [made, setMade] = useState<Invitation | null>(null);
  const invite = useSave(t('agent.invite'), {
    mutationFn: () => api.people.invite({ email: email.trim(), name: name.trim() || undefined, roles, teams: teams.map(Number) }),
    done: setMade,
    onSuccess: () => qc.invalidateQueries({ queryKey: ['invitations'] }),
  });
  const err = (k: string) => (isProblem(invite.error) ? invite.error.field(k) : undefined);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    invite.mutate();
  };
  return (
    <FormDialog onClose={onClose} busy={invite.isPending} title={t('agent.invite')} size={520} closeLabel={tc('do.close')}>
      {made ? (
        <div className="stack">
          <p>{t('agent.made', { email: made.email })}</p>
          {made.link && <CopyField label={t('agent.link')} text={made.link} />}
          <div className="row-end">
            <Button look="fill" onClick={onClose}>
              {tc('do.close')}
            </Button>
          </div>
        </div>
      ) : (
        <form className="stack" onSubmit={submit}>
          {invite.isError && (
            <Notice tone="shu" role="alert">
              {problemText(invite.error, tc)}
            </Notice>
          )}
          <TextInput
            label={tc('entry.email')}
            type="email"
            required
            data-autofocus
            value={email}
            error={err('email')}
            onChange={(e) => setEmail(e.currentTarget.value)}
          />
          <TextInput label={t('agent.name')} value={name} onChange={(e) => setName(e.currentTarget.value)} />
          <MultiSelect label={t('agent.roles')} required data={allRoles} value={roles} error={err('roles')} onChange={setRoles} />
          <MultiSelect
            label={t('page.teams')}
            data={allTeams.map((x) => ({ value: String(x.id), label: x.name }))}
            value={teams}
            onChange={setTeams}
          />
          <FormEnd onCancel={onClose} busy={invite.isPending} disabled={roles.length === 0} does={t('agent.makeLink')} />
        </form>
      )}
    </FormDialog>
  );
}
