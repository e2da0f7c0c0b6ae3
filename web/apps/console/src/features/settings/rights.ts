import { useTranslation } from '@madoguchi/i18n';
import { useCallback } from 'react';

/** `ticket.reply` becomes words where we have them and stays as it is where a newer server knows more. */
export function useRightName() {
  const { t } = useTranslation('console.settings');
  return useCallback((right: string) => t(`right.${right.replaceAll('.', '_')}`, { defaultValue: right }), [t]);
}
