import type { Page } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { problemText } from './Pages.tsx';

const ROWS_PER_PAGE = 100;

interface Pages<T> {
  queryKey: readonly unknown[];
  read: (q: { limit: number; after?: string }) => Promise<Page<T>>;
  idOf: (row: T) => string | number;
  /** Rows that are read at once. */
  limit?: number;
  enabled?: boolean;
  refetchInterval?: number;
}

/** A list that comes page by page: the rows that were read so far, and `More` for those that were not. */
export function usePages<T>({ queryKey, read, idOf, limit = ROWS_PER_PAGE, enabled, refetchInterval }: Pages<T>) {
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => read({ limit, after: pageParam ?? undefined }),
    initialPageParam: null as string | null,
    getNextPageParam: (p) => p.next,
    enabled,
    refetchInterval,
  });
  const pages = list.data?.pages;
  // A row that moved between two pages while they were read must not show twice.
  const rows = useMemo(
    () => [...new Map((pages ?? []).flatMap((p) => p.items.map((row) => [idOf(row), row] as const))).values()],
    [pages, idOf],
  );
  return { ...list, rows };
}

/** Leads to the next page, as long as there is one. */
export function More({ list }: { list: Omit<UseInfiniteQueryResult, 'data'> }) {
  const { t } = useTranslation('console');
  if (!list.hasNextPage) return null;
  return (
    <>
      {list.isFetchNextPageError && (
        <Notice tone="shu" role="alert">
          {problemText(list.error, t)}
        </Notice>
      )}
      <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        {t('do.more')}
      </Button>
    </>
  );
}
