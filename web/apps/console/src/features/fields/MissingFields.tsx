import type { TicketPatch, TicketView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button } from '@madoguchi/ui';
import { lazy, Suspense, useState } from 'react';
import { missingIn } from './missing.ts';
import { useFieldName } from './words.ts';

const FillDialog = lazy(() => import('./FillDialog.tsx'));

interface Props {
  ticket: TicketView;
  problem: unknown;
  /** What was to be done; it is done once they are filled. None where that is the agent's to repeat. */
  patch?: TicketPatch;
  show?: Partial<TicketView>;
}

/** Which fields a change lacks, and the way to fill them at once. */
export function MissingFields({ ticket, problem, patch, show }: Props) {
  const { t } = useTranslation('console');
  const name = useFieldName();
  const [filling, setFilling] = useState(false);
  const keys = missingIn(problem);
  if (keys.length === 0) return null;
  return (
    <>
      <span className="grow">{t('missing.text', { names: keys.map(name).join(t('value.comma')) })}</span>
      <Button look="fill" onClick={() => setFilling(true)}>
        {t('missing.fill')}
      </Button>
      {filling && (
        <Suspense fallback={null}>
          <FillDialog ticket={ticket} keys={keys} patch={patch} show={show} onClose={() => setFilling(false)} />
        </Suspense>
      )}
    </>
  );
}
