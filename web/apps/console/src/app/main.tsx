import '@madoguchi/ui/tokens.css';
import '@madoguchi/ui/ui.css';
import '../styles/shell.css';
import '../styles/type.css';
import { startI18n } from '@madoguchi/i18n';
import { watchScheme } from '@madoguchi/ui';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { slug } from './api.ts';
import { NotFoundPage } from './Pages.tsx';
import { queryClient } from './query.ts';
import { Desk } from './router.tsx';

const SetupPage = lazy(() => import('../features/entry/SetupPage.tsx'));
const WhichDesk = lazy(() => import('../features/entry/WhichDesk.tsx'));
const files = import.meta.glob<{ default: Record<string, unknown> }>('../../../../../locales/*/{console*,mail,people}.json');

function Root() {
  if (slug) return <Desk />;
  if (location.pathname === '/setup') return <SetupPage />;
  return ['/', '/t', '/t/'].includes(location.pathname) ? <WhichDesk /> : <NotFoundPage />;
}

watchScheme();
await startI18n(files, ['console']);
const el = document.getElementById('root');
if (el) {
  createRoot(el).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <Suspense fallback={null}>
          <Root />
        </Suspense>
      </QueryClientProvider>
    </StrictMode>,
  );
}
