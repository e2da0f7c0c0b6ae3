import { isProblem, type SignInPolicy } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { Checkbox, FormDialog, Textarea, TextInput } from '@madoguchi/ui/forms';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { signInPoliciesQuery, useWhose } from './signInPolicy.ts';
import { networksOf, numberOf } from './typed.ts';

/** Says what is asked of whoever comes in. */
export function SignInPolicyDialog({ policy, onClose }: { policy: SignInPolicy; onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const whose = useWhose()(policy);
  const [secondStep, setSecondStep] = useState(policy.second_step);
  const [idle, setIdle] = useState(String(policy.idle_minutes ?? ''));
  const [age, setAge] = useState(String(policy.age_hours ?? ''));
  const [networks, setNetworks] = useState(policy.networks.join('\n'));
  const save = useSave(whose, {
    mutationFn: () =>
      api.people.saveSignInPolicy(
        policy.role,
        { second_step: secondStep, idle_minutes: numberOf(idle), age_hours: numberOf(age), networks: networksOf(networks) },
        { ifMatch: policy.revision },
      ),
    done: onClose,
    onSettled: () => qc.invalidateQueries({ queryKey: signInPoliciesQuery.queryKey }),
  });
  const err = (k: string) => (isProblem(save.error) ? save.error.field(k) : undefined);
  const told = ['idle_minutes', 'age_hours', 'networks'].some((k) => err(k));
  const without = policy.agents - policy.agents_with_second_step;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <FormDialog
      onClose={onClose}
      title={t('policy.titleOf', { whose })}
      size={560}
      keepOpen
      busy={save.isPending}
      closeLabel={tc('do.close')}
    >
      <form className="stack" onSubmit={submit}>
        {save.isError && !told && (
          <Notice tone="shu" role="alert">
            {problemText(save.error, tc)}
          </Notice>
        )}
        <Checkbox
          label={t('policy.secondStep')}
          description={t('policy.secondStepHint')}
          checked={secondStep}
          data-autofocus
          onChange={(e) => setSecondStep(e.currentTarget.checked)}
        />
        {secondStep && !policy.second_step && without > 0 && <Notice tone="yama">{t('policy.without', { count: without })}</Notice>}
        <div className="pair">
          <TextInput
            label={t('policy.idle')}
            description={t('policy.idleHint')}
            inputMode="numeric"
            value={idle}
            error={err('idle_minutes')}
            onChange={(e) => setIdle(e.currentTarget.value)}
          />
          <TextInput
            label={t('policy.age')}
            description={t('policy.ageHint')}
            inputMode="numeric"
            value={age}
            error={err('age_hours')}
            onChange={(e) => setAge(e.currentTarget.value)}
          />
        </div>
        <Textarea
          label={t('policy.networks')}
          description={t('policy.networksHint')}
          placeholder={'203.0.113.0/24\n2001:db8::/32'}
          autosize
          minRows={3}
          maxRows={10}
          classNames={{ input: 'mono' }}
          spellCheck={false}
          value={networks}
          error={err('networks')}
          onChange={(e) => setNetworks(e.currentTarget.value)}
        />
        <FormEnd onCancel={onClose} busy={save.isPending} does={tc('do.save')} />
      </form>
    </FormDialog>
  );
}
