import type { NoticeWishes } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { Switch } from '@madoguchi/ui/forms';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { Loaded } from './Page.tsx';

const KINDS = ['heard', 'assigned', 'noted', 'unassigned'] as const satisfies (keyof NoticeWishes)[];
const noticesQuery = queryOptions({ queryKey: ['mail-notices'], queryFn: api.session.notices });

/** Of what I am told by mail. Each switch is kept as soon as it is turned. */
export function Notices() {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const query = useQuery(noticesQuery);
  const save = useSave(t('profile.notices.title'), {
    mutationFn: api.session.setNotices,
    onSuccess: (kept) => qc.setQueryData(noticesQuery.queryKey, kept),
  });
  const shown = save.isPending ? save.variables : query.data?.wishes;
  return (
    <section className="card stack">
      <h2>{t('profile.notices.title')}</h2>
      <p className="dim">{t('profile.notices.lead')}</p>
      {save.isError && (
        <Notice tone="shu" role="alert">
          {problemText(save.error, tc)}
        </Notice>
      )}
      <Loaded query={query} lines={4}>
        {() =>
          shown &&
          KINDS.map((kind) => (
            <Switch
              key={kind}
              label={t(`profile.notices.${kind}`)}
              checked={shown[kind]}
              onChange={(e) => save.mutate({ ...shown, [kind]: e.currentTarget.checked })}
            />
          ))
        }
      </Loaded>
      <p className="dim small">{t('profile.notices.proof')}</p>
    </section>
  );
}
