import type { Letter } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { toast } from '@madoguchi/ui';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { useSave } from '../../app/save.ts';

/** Whether somebody may have it read again, or made a ticket. */
export const mayRetry = (l: Letter) => l.can?.includes('retry') ?? l.state === 'failed';

/** Has a letter read again, or made a ticket. That is done a moment later; where it then stands is one press away. */
export function useRetry(l: Letter, { onDone, onRead }: { onDone?: () => void; onRead: () => void }) {
  const { t } = useTranslation('console.settings');
  const qc = useQueryClient();
  return useSave(l.subject || t('letter.noSubject'), {
    mutationFn: () => api.mail.retry(l.id),
    onSuccess: () => {
      onDone?.();
      toast(t(l.state === 'failed' ? 'letter.retried' : 'letter.toTicket'), { action: { label: t('letter.showRead'), run: onRead } });
      return qc.invalidateQueries({ queryKey: ['letters'] });
    },
  });
}
