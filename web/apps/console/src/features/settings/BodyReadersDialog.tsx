import type { BodyReader, Mailbox } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Empty } from '@madoguchi/ui';
import { FormDialog } from '@madoguchi/ui/forms';
import { IconForms, IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { BodyReaderForm } from './BodyReaderForm.tsx';
import { Confirm } from './Confirm.tsx';
import { Loaded } from './Page.tsx';
import './bodyreaders.css';

/** How the letters of a mailbox's web forms and gateways are read: the readers, and the editor of one. */
export function BodyReadersDialog({ mailbox, mayChange, onClose }: { mailbox: Mailbox; mayChange: boolean; onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const queryKey = ['body-readers', mailbox.id];
  const list = useQuery({ queryKey, queryFn: () => api.mail.bodyReaders(mailbox.id) });
  const [editing, setEditing] = useState<BodyReader | 'new' | null>(null);
  const [removing, setRemoving] = useState<BodyReader | null>(null);
  const again = () => qc.invalidateQueries({ queryKey });
  if (removing) {
    return (
      <Confirm
        title={t('form.remove')}
        text={t('form.removeText', { name: removing.name })}
        verb={t('form.remove')}
        run={() => api.mail.removeBodyReader(removing).then(again)}
        onClose={() => {
          setRemoving(null);
          setEditing(null);
        }}
      />
    );
  }
  const add = mayChange && (
    <Button look="fill" data-autofocus onClick={() => setEditing('new')}>
      <IconPlus size={15} aria-hidden="true" />
      {t('form.add')}
    </Button>
  );
  return (
    <FormDialog
      onClose={onClose}
      title={editing ? t(editing === 'new' ? 'form.add' : 'form.editTitle') : t('form.title')}
      size={editing ? 960 : 620}
      keepOpen={editing !== null}
      closeLabel={tc('do.close')}
    >
      {editing ? (
        <BodyReaderForm
          mailbox={mailbox}
          reader={editing === 'new' ? null : editing}
          onRemove={editing === 'new' ? null : () => setRemoving(editing)}
          onDone={() => setEditing(null)}
        />
      ) : (
        <div className="stack">
          <p className="dim">{t('form.about')}</p>
          <Loaded query={list}>
            {(data) =>
              data.items.length === 0 ? (
                <Empty icon={<IconForms size={24} />} title={t('form.none')}>
                  {add}
                </Empty>
              ) : (
                <>
                  <ul className="cards">
                    {data.items.map((r) => (
                      <li key={r.id} className="card br">
                        <div>
                          <h3>{r.name}</h3>
                          <p className="dim small">{r.gateway}</p>
                        </div>
                        <span className="grow" />
                        {!r.active && <Chip>{t('form.resting')}</Chip>}
                        {r.can.includes('change') && (
                          <Button onClick={() => setEditing(r)} aria-label={t('form.editName', { name: r.name })}>
                            {t('mailbox.edit')}
                          </Button>
                        )}
                      </li>
                    ))}
                  </ul>
                  <div className="row-end">{add}</div>
                </>
              )
            }
          </Loaded>
        </div>
      )}
    </FormDialog>
  );
}
