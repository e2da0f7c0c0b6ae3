import { useTranslation } from '@madoguchi/i18n';
import { Button, Dialog, Keys } from '@madoguchi/ui';
import { useState } from 'react';
import { type Group, setSingleKeys, singleKeysOn, useAllCommands } from './commands.ts';

const GROUPS: Group[] = ['ticket', 'list', 'go', 'app'];

/** Every key that works here, from the same list that makes them work. */
export default function KeySheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('console');
  const all = useAllCommands();
  const [on, setOn] = useState(singleKeysOn());
  return (
    <Dialog label={t('keys.title')} className="dialog-l" onClose={onClose}>
      <div className="sheet">
        <header>
          <h2>{t('keys.title')}</h2>
          <label className="check">
            <input
              type="checkbox"
              checked={on}
              onChange={(e) => {
                setOn(e.target.checked);
                setSingleKeys(e.target.checked);
              }}
            />
            {t('keys.single')}
          </label>
        </header>
        <div className="sheet-g">
          {GROUPS.map((g) => (
            <section key={g}>
              <h3>{t(`group.${g}`)}</h3>
              <dl>
                {all
                  .filter((c) => c.group === g && c.keys)
                  .map((c) => (
                    <div key={c.id}>
                      <dt>{c.label}</dt>
                      <dd>
                        <Keys keys={c.keys ?? ''} />
                      </dd>
                    </div>
                  ))}
              </dl>
            </section>
          ))}
          <section>
            <h3>{t('group.composer')}</h3>
            <dl>
              <div>
                <dt>{t('composer.send')}</dt>
                <dd>
                  <Keys keys="mod+Enter" />
                </dd>
              </div>
              <div>
                <dt>{t('composer.sendSolve')}</dt>
                <dd>
                  <Keys keys="mod+shift+Enter" />
                </dd>
              </div>
              <div>
                <dt>{t('composer.leave')}</dt>
                <dd>
                  <Keys keys="Escape" />
                </dd>
              </div>
            </dl>
          </section>
        </div>
        <div className="row-end">
          <Button onClick={onClose}>{t('do.close')}</Button>
        </div>
      </div>
    </Dialog>
  );
}
