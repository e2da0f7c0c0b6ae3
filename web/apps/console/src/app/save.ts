import { useTranslation } from '@madoguchi/i18n';
import { toast } from '@madoguchi/ui';
import { type UseMutationOptions, useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { problemText } from './Pages.tsx';

interface Save<T, V> extends Pick<UseMutationOptions<T, unknown, V>, 'mutationFn' | 'onSuccess' | 'onSettled'> {
  /** Runs only where it was begun: what is open by then is not closed in its place. */
  done?: (result: T) => void;
  /** Runs instead when that place is gone. */
  missed?: (result: T) => void;
  onError?: (error: unknown) => void;
  /** Says and keeps more of a failure than the toast does, when that place is gone. */
  lost?: (error: unknown) => void;
}

/**
 * A mutation begun in a place that may be gone before the answer comes: a dialog, a row, a page. A failure is said in that
 * place as long as it is there, and in a toast that names it after that, so that none is silent.
 */
export function useSave<T, V = void>(what: string, o: Save<T, V>) {
  const { t } = useTranslation('console');
  const here = useRef(false);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  return useMutation<T, unknown, V>({
    mutationFn: o.mutationFn,
    onSettled: o.onSettled,
    onSuccess: (result, ...rest) => {
      const after = here.current ? o.done : o.missed;
      after?.(result);
      return o.onSuccess?.(result, ...rest);
    },
    onError: (error) => {
      o.onError?.(error);
      if (here.current) return;
      if (o.lost) o.lost(error);
      else toast(t('toast.failed', { what, why: problemText(error, t) }), { tone: 'shu' });
    },
  });
}
