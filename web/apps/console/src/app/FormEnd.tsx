import { useTranslation } from '@madoguchi/i18n';
import { Button } from '@madoguchi/ui';

interface Props {
  onCancel: () => void;
  busy: boolean;
  disabled?: boolean;
  /** What the button does, if that is not saving. */
  does?: string;
}

/** The end of a form in a dialog: leave it as it was, or save it. */
export function FormEnd({ onCancel, busy, disabled, does }: Props) {
  const { t } = useTranslation('console');
  return (
    <div className="row-end">
      <Button onClick={onCancel}>{t('do.cancel')}</Button>
      <Button type="submit" look="fill" busy={busy} disabled={disabled}>
        {does ?? t('do.save')}
      </Button>
    </div>
  );
}
