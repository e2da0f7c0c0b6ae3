import { useTranslation } from '@madoguchi/i18n';
import { Skeleton } from '@madoguchi/ui';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorView } from '../../app/Pages.tsx';

/** The frame of a settings page: what it is, what it is for, and its one main action. */
export function Page({ name, action, children }: { name: string; action?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation('console.settings');
  return (
    <section className="pg" aria-labelledby="pg-h">
      <header>
        <div>
          <h1 id="pg-h">{t(`page.${name}`)}</h1>
          <p className="dim">{t(`lead.${name}`)}</p>
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}

type Asked<T> = Pick<UseQueryResult<T>, 'data' | 'isError' | 'error'> & { refetch: () => unknown };
/** Waiting, failed, refused, or there. */
export function Loaded<T>({ query, lines = 5, children }: { query: Asked<T>; lines?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <ErrorView error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton lines={lines} />;
}
