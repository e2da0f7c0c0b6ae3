import { isProblem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Empty } from '@madoguchi/ui';
import { IconAlertTriangle, IconLock, IconMoodEmpty } from '@tabler/icons-react';
import { home } from './api.ts';

/** What was sent first under this key had arrived, though its answer was lost; then other words were sent under it. */
export const hadArrived = (e: unknown): boolean => isProblem(e) && e.code === 'idempotency.other_request';

/** What somebody's device would not do, in words for them. */
export class DeviceError extends Error {}

/** Says what went wrong in words that lead on. Never a bare code. */
export function problemText(e: unknown, t: (k: string) => string): string {
  if (isProblem(e)) {
    if (e.code === 'network') return t('problem.network');
    if (hadArrived(e)) return t('problem.arrived');
    return e.detail || t('problem.server');
  }
  if (e instanceof DeviceError) return e.message;
  return t('problem.console');
}

/** What one may not see; `why` is the server's own sentence. */
export function Denied({ why }: { why?: string }) {
  const { t } = useTranslation('console');
  return (
    <Empty icon={<IconLock size={24} />} title={t('problem.denied')}>
      <p>{why || t('problem.deniedHint')}</p>
    </Empty>
  );
}

export function ErrorView({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation('console');
  if (isProblem(error) && error.status === 403) return <Denied why={error.detail} />;
  if (isProblem(error) && error.status === 404) {
    return (
      <Empty icon={<IconMoodEmpty size={24} />} title={t('problem.missing')}>
        <p>{t('problem.missingHint')}</p>
      </Empty>
    );
  }
  return (
    <Empty icon={<IconAlertTriangle size={24} />} title={t('problem.title')}>
      <p>{problemText(error, t)}</p>
      {retry && <Button onClick={retry}>{t('do.again')}</Button>}
    </Empty>
  );
}

export function NotFoundPage() {
  const { t } = useTranslation('console');
  return (
    <main className="page-center">
      <Empty icon={<IconMoodEmpty size={24} />} title={<h1>{t('problem.noPage')}</h1>}>
        {home ? <a href={`${home}/inbox`}>{t('nav.inbox')}</a> : <a href="/">{t('entry.which')}</a>}
      </Empty>
    </main>
  );
}

export function Oops({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <main className="page-center">
      <ErrorView error={error} retry={reset} />
    </main>
  );
}
