import { isProblem, type ViewKey } from '@madoguchi/api-client';
import { need } from '@madoguchi/i18n';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, RouterProvider, redirect } from '@tanstack/react-router';
import { home } from './api.ts';
import { keptFor } from './kept.ts';
import { NotFoundPage, Oops } from './Pages.tsx';
import { queryClient } from './query.ts';
import { Shell } from './Shell.tsx';
import { applyPreferences, sessionQuery } from './session.ts';

export interface InboxSearch {
  view?: ViewKey;
  team?: number;
  status?: string;
  assignee?: string;
  requester?: number;
  /** A condition, as JSON, and how it is called. */
  where?: string;
  named?: string;
  tag?: string;
  q?: string;
  sort?: 'updated' | 'created';
  layout?: 'cards' | 'table';
}
const VIEWS = ['mine', 'unassigned', 'open', 'pending', 'copied', 'solved', 'undelivered', 'all'];
const text = (v: unknown): string | undefined => (typeof v === 'string' && v ? v : typeof v === 'number' ? String(v) : undefined);

/** The router reads JSON out of an address by itself. */
const conditionText = (v: unknown): string | undefined => (typeof v === 'object' && v !== null ? JSON.stringify(v) : text(v));

function inboxSearch(s: Record<string, unknown>): InboxSearch {
  const view = VIEWS.includes(String(s.view)) ? (s.view as ViewKey) : undefined;
  return {
    view,
    team: Number(s.team) || undefined,
    status: text(s.status),
    assignee: text(s.assignee),
    requester: Number(s.requester) || undefined,
    where: conditionText(s.where),
    named: text(s.named),
    tag: text(s.tag),
    q: text(s.q),
    sort: s.sort === 'created' ? 'created' : undefined,
    layout: s.layout === 'table' ? 'table' : s.layout === 'cards' ? 'cards' : undefined,
  };
}

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage, errorComponent: Oops });

const entry = (page: () => Promise<{ default: () => React.ReactNode }>) => lazyRouteComponent(page);
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (s: Record<string, unknown>) => ({ next: text(s.next) }),
  component: entry(() => import('../features/entry/SignInPage.tsx')),
});
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: entry(() => import('../features/entry/InvitationPage.tsx')),
});

/** Everything behind the sign-in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Shell,
  beforeLoad: async ({ location }) => {
    const known = queryClient.getQueryData(sessionQuery.queryKey);
    if (known) return keptFor(known.account.id);
    try {
      const session = await queryClient.ensureQueryData(sessionQuery);
      keptFor(session.account.id);
      await applyPreferences(session);
    } catch (e) {
      if (isProblem(e) && e.status === 401) throw redirect({ to: '/sign-in', search: { next: location.href } });
      throw e;
    }
  },
});
const index = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/inbox', search: {}, replace: true });
  },
});
const work = createRoute({
  getParentRoute: () => inside,
  id: 'work',
  validateSearch: inboxSearch,
  component: lazyRouteComponent(() => import('../features/inbox/InboxPage.tsx')),
});
const inbox = createRoute({ getParentRoute: () => work, path: '/inbox' });
const ticket = createRoute({ getParentRoute: () => work, path: '/tickets/$ticketId' });
const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings/{-$page}',
  component: lazyRouteComponent(() => import('../features/settings/SettingsPage.tsx')),
  loader: () => need('console.settings'),
});
const consent = createRoute({
  getParentRoute: () => inside,
  path: '/oauth/callback',
  component: lazyRouteComponent(() => import('../features/settings/ConsentPage.tsx')),
  loader: () => need('console.settings'),
});

export const router = createRouter({
  routeTree: root.addChildren([signIn, invitation, inside.addChildren([index, work.addChildren([inbox, ticket]), settings, consent])]),
  basepath: home || '/',
  defaultPreload: 'intent',
  defaultErrorComponent: Oops,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: false,
});
declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

export function Desk() {
  return <RouterProvider router={router} />;
}
