import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { FormDialog } from '@madoguchi/ui/forms';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';

/** Asks before what cannot be taken back, with the verb on the button. */
export function Confirm({
  title,
  text,
  verb,
  run,
  onClose,
}: {
  title: string;
  text: string;
  verb: string;
  run: () => Promise<unknown>;
  onClose: () => void;
}) {
  const { t } = useTranslation('console');
  const go = useSave(title, { mutationFn: run, done: onClose });
  return (
    <FormDialog onClose={onClose} title={title} size={440} closeLabel={t('do.close')}>
      <div className="stack">
        <p>{text}</p>
        {go.isError && (
          <Notice tone="shu" role="alert">
            {problemText(go.error, t)}
          </Notice>
        )}
        <div className="row-end">
          <Button onClick={onClose}>{t('do.cancel')}</Button>
          <Button look="danger" busy={go.isPending} onClick={() => go.mutate()} data-autofocus>
            {verb}
          </Button>
        </div>
      </div>
    </FormDialog>
  );
}
