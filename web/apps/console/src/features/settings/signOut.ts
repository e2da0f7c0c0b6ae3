import { useTranslation } from '@madoguchi/i18n';
import { api, home } from '../../app/api.ts';
import { useSave } from '../../app/save.ts';

/** Signs out. Only when it is true: nobody leaves a machine that still is signed in. */
export function useSignOut() {
  const { t } = useTranslation('console.settings');
  return useSave(t('profile.signOut'), {
    mutationFn: api.session.signOut,
    onSuccess: () => location.assign(`${home}/sign-in`),
  });
}
