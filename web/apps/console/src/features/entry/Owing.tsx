import { need, useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { Forms } from '@madoguchi/ui/forms';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { useSession } from '../../app/session.ts';
import { AddSecondStep } from '../settings/SecondStepDialog.tsx';
import { useSignOut } from '../settings/signOut.ts';
import { EntryFrame } from './EntryFrame.tsx';

/** What the desk demands before anything else: a second step. */
export default function Owing() {
  const words = useQuery({ queryKey: ['words', 'settings'], queryFn: () => need('console.settings').then(() => true) });
  return words.data ? <Demanded /> : null;
}

function Demanded() {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const session = useSession();
  const [adding, setAdding] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const signOut = useSignOut();
  const error = failed ?? signOut.error;
  const close = () => {
    setAdding(false);
    // What they may do now is another thing on every page: all of it is read anew.
    api.session.get().then((now) => now.owes.length === 0 && location.reload(), setFailed);
  };
  return (
    <Forms>
      <EntryFrame title={t('owing.title')} lead={t('owing.text', { desk: session.tenant.name })}>
        <div className="stack owing">
          {!!error && (
            <Notice tone="shu" role="alert">
              {problemText(error, tc)}
            </Notice>
          )}
          <Button look="fill" onClick={() => setAdding(true)}>
            {t('profile.second.add')}
          </Button>
          <Button busy={signOut.isPending} onClick={() => signOut.mutate()}>
            {t('profile.signOut')}
          </Button>
        </div>
        {adding && <AddSecondStep onClose={close} />}
      </EntryFrame>
    </Forms>
  );
}
