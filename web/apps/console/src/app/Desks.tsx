import { useTranslation } from '@madoguchi/i18n';
import { Button, Dialog, Notice } from '@madoguchi/ui';
import { useState } from 'react';
import { goToDesk, otherDesks } from './DeskChip.tsx';
import { problemText } from './Pages.tsx';
import { useSession } from './session.ts';

/** Chooses another desk. */
export default function Desks({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('console');
  const session = useSession();
  const [going, setGoing] = useState<string | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const go = (slug: string) => {
    setGoing(slug);
    setFailed(null);
    goToDesk(slug).catch((problem) => {
      setGoing(null);
      setFailed(problem);
    });
  };
  return (
    <Dialog label={t('desk.switch')} className="dialog-s" onClose={onClose}>
      <div className="stack">
        <h2>{t('desk.switch')}</h2>
        <p className="dim">{t('desk.here', { name: session.tenant.name })}</p>
        {failed !== null && (
          <Notice tone="shu" role="alert">
            {problemText(failed, t)}
          </Notice>
        )}
        <ul className="desks">
          {otherDesks(session).map((d) => (
            <li key={d.slug}>
              <button type="button" className="desk-o" disabled={going !== null} onClick={() => go(d.slug)}>
                <i className="desk-d" data-colour={d.colour ?? 'none'} aria-hidden="true" />
                <span className="cut">{d.name}</span>
                <small className="dim">{d.slug}</small>
              </button>
            </li>
          ))}
        </ul>
        <div className="row-end">
          <Button onClick={onClose}>{t('do.close')}</Button>
        </div>
      </div>
    </Dialog>
  );
}
