import type { SessionView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button } from '@madoguchi/ui';
import { IconFingerprint } from '@tabler/icons-react';
import { useState } from 'react';
import { DeviceError } from '../../app/Pages.tsx';
import { canPasskey, ofDevice, signInByPasskey, wasLeft } from './passkey.ts';

/** Signs in by a passkey, where the browser can. */
export function PasskeyButton({ done, failed }: { done: (s: SessionView) => void; failed: (problem: unknown) => void }) {
  const { t } = useTranslation('console');
  const [busy, setBusy] = useState(false);
  if (!canPasskey()) return null;
  const show = () => {
    setBusy(true);
    failed(null);
    signInByPasskey()
      .then(done, (problem) => {
        if (!wasLeft(problem)) failed(ofDevice(problem) ? new DeviceError(t('entry.passkeyFailed')) : problem);
      })
      .finally(() => setBusy(false));
  };
  return (
    <Button busy={busy} onClick={show}>
      <IconFingerprint size={17} aria-hidden="true" />
      {t('entry.passkey')}
    </Button>
  );
}
