import { languageName, useTranslation } from '@madoguchi/i18n';
import { Avatar, IconButton, Keys, Toasts } from '@madoguchi/ui';
import { IconInbox, IconLanguage, IconMoon, IconPlus, IconSearch, IconSettings, IconSun } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useWaits } from '../features/newticket/written.ts';
import { UnsentStrip } from '../features/ticket/NotSent.tsx';
import { UndoKey } from '../features/ticket/UndoKey.tsx';
import { api } from './api.ts';
import { type Command, installKeyboard, useCommands } from './commands.ts';
import { DeskChip, otherDesks } from './DeskChip.tsx';
import { live } from './live.ts';
import { OfflineStrip } from './OfflineStrip.tsx';
import { keys } from './query.ts';
import { reauth } from './reauth.ts';
import { prefer, useSession } from './session.ts';
import { useScheme } from './useScheme.ts';

const Palette = lazy(() => import('./Palette.tsx'));
const KeySheet = lazy(() => import('./KeySheet.tsx'));
const SignInAgain = lazy(() => import('./SignInAgain.tsx'));
const Owing = lazy(() => import('../features/entry/Owing.tsx'));
const NewTicket = lazy(() => import('../features/newticket/NewTicketDialog.tsx'));
const Desks = lazy(() => import('./Desks.tsx'));
type Open = 'palette' | 'keys' | 'new' | 'desks' | null;

/** Everything behind the sign-in, or what has to be done before. */
export function Shell() {
  const { owes } = useSession();
  if (owes.length === 0) return <Desk />;
  return (
    <Suspense fallback={null}>
      <Owing />
    </Suspense>
  );
}

function Desk() {
  const { t, i18n } = useTranslation('console');
  const session = useSession();
  const nav = useNavigate();
  const path = useRouterState({ select: (s) => s.location.pathname });
  const scheme = useScheme();
  const [open, setOpen] = useState<Open>(null);
  const signInAgain = useSyncExternalStore(reauth.subscribe, reauth.why);
  const counts = useQuery({ queryKey: keys.counts, queryFn: api.tickets.counts }).data;

  useEffect(() => {
    live.start();
    const off = installKeyboard();
    return () => {
      live.stop();
      off();
    };
  }, []);
  useEffect(() => {
    document.title = `${counts?.mine ? `(${counts.mine}) ` : ''}${session.tenant.name}`;
  }, [counts?.mine, session.tenant.name]);

  useEffect(() => {
    document.documentElement.toggleAttribute('data-ended', signInAgain === 'ended');
    return () => document.documentElement.removeAttribute('data-ended');
  }, [signInAgain]);

  const mayOpen = session.rights.includes('ticket.open');
  const several = otherDesks(session).length > 0;
  const dark = scheme === 'dark';
  const otherLang = i18n.language === 'ja' ? 'en' : 'ja';
  const commands = useMemo<Command[]>(
    () => [
      { id: 'palette', group: 'app', label: t('cmd.palette'), keys: 'mod+k', anywhere: true, run: () => setOpen('palette') },
      ...(mayOpen ? [{ id: 'new', group: 'app' as const, label: t('cmd.new'), keys: 'c', run: () => setOpen('new') }] : []),
      { id: 'keys', group: 'app', label: t('cmd.keys'), keys: '?', run: () => setOpen('keys') },
      { id: 'go.inbox', group: 'go', label: t('nav.inbox'), keys: 'g i', run: () => void nav({ to: '/inbox', search: {} }) },
      {
        id: 'go.settings',
        group: 'go',
        label: t('nav.settings'),
        keys: 'g s',
        run: () => void nav({ to: '/settings/{-$page}', params: { page: undefined } }),
      },
      ...(several ? [{ id: 'desks', group: 'go' as const, label: t('desk.switch'), run: () => setOpen('desks') }] : []),
      { id: 'scheme', group: 'app', label: t(dark ? 'cmd.light' : 'cmd.dark'), run: () => void prefer({ theme: dark ? 'light' : 'dark' }) },
      { id: 'lang', group: 'app', label: t('cmd.otherLanguage'), run: () => void prefer({ locale: otherLang }) },
    ],
    [t, nav, dark, otherLang, mayOpen, several],
  );
  useCommands(commands);

  const mine = counts?.mine ?? 0;
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <nav className="rail" aria-label={t('nav.main')}>
        <Logo />
        <RailLink to="/inbox" active={path.includes('/inbox') || path.includes('/tickets')} label={t('nav.inbox')} badge={mine}>
          <IconInbox size={21} stroke={1.7} />
        </RailLink>
        <span className="grow" />
        <button type="button" className="rail-i only-d" title={t('cmd.otherLanguage')} onClick={() => void prefer({ locale: otherLang })}>
          <IconLanguage size={20} stroke={1.7} />
          <span className="rail-l" lang={otherLang}>
            {languageName(otherLang)}
          </span>
        </button>
        <button
          type="button"
          className="rail-i only-d"
          title={t(dark ? 'cmd.light' : 'cmd.dark')}
          onClick={() => void prefer({ theme: dark ? 'light' : 'dark' })}
        >
          {dark ? <IconSun size={20} stroke={1.7} /> : <IconMoon size={20} stroke={1.7} />}
          <span className="rail-l">{t(dark ? 'nav.light' : 'nav.dark')}</span>
        </button>
        <RailLink to="/settings" active={path.includes('/settings')} label={t('nav.settings')}>
          <IconSettings size={20} stroke={1.7} />
        </RailLink>
      </nav>
      <div className="body" data-colour={session.tenant.colour ?? undefined}>
        <header className="top">
          <button type="button" className="search" aria-keyshortcuts="Control+K Meta+K" onClick={() => setOpen('palette')}>
            <IconSearch size={15} aria-hidden="true" />
            <span>{t('nav.search')}</span>
            <Keys keys="mod+k" />
          </button>
          <DeskChip onOpen={() => setOpen('desks')} />
          <span className="grow" />
          {mayOpen && (
            <>
              <button type="button" className="btn only-d new-t" aria-keyshortcuts="C" onClick={() => setOpen('new')}>
                <IconPlus size={15} aria-hidden="true" />
                {t('cmd.new')}
                <Waits />
                <Keys keys="c" />
              </button>
              <IconButton label={t('cmd.new')} className="only-m new-t" onClick={() => setOpen('new')}>
                <IconPlus size={20} />
                <Waits />
              </IconButton>
            </>
          )}
          <Link
            to="/settings/{-$page}"
            params={{ page: 'profile' }}
            className="me"
            aria-label={t('nav.me', { name: session.account.name })}
            title={session.account.name}
          >
            <Avatar name={session.account.name} kind="agent" size={28} />
          </Link>
        </header>
        <OfflineStrip />
        <UnsentStrip />
        <main id="main" className="main" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Suspense fallback={null}>
        {open === 'palette' && <Palette onClose={() => setOpen(null)} />}
        {open === 'desks' && <Desks onClose={() => setOpen(null)} />}
        {open === 'keys' && <KeySheet onClose={() => setOpen(null)} />}
        {open === 'new' && <NewTicket onClose={() => setOpen(null)} />}
        {signInAgain && <SignInAgain email={session.account.email} why={signInAgain} />}
      </Suspense>
      <UndoKey />
      <Toasts closeLabel={t('do.close')} />
    </div>
  );
}

/** A new ticket was laid aside half written. */
function Waits() {
  const { t } = useTranslation('console');
  if (!useWaits()) return null;
  return <span className="new-w" role="img" aria-label={t('new.waits')} title={t('new.waits')} />;
}

export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--ai-fill)" />
      <path d="M8.5 9.5h15v13h-15z" fill="none" stroke="#fff" strokeWidth="2.2" />
      <path d="M16 9.5v13M8.5 16h15" stroke="#fff" strokeWidth="1.8" />
    </svg>
  );
}

function RailLink(p: { to: '/inbox' | '/settings'; active: boolean; label: string; badge?: number; children: React.ReactNode }) {
  const { t } = useTranslation('console');
  const target =
    p.to === '/inbox' ? ({ to: '/inbox', search: {} } as const) : ({ to: '/settings/{-$page}', params: { page: undefined } } as const);
  return (
    <Link {...target} className="rail-i" data-active={p.active || undefined} aria-current={p.active ? 'page' : undefined}>
      <span className="rail-g">
        {p.children}
        {!!p.badge && (
          <span className="rail-b" aria-hidden="true">
            {p.badge > 99 ? '99+' : p.badge}
          </span>
        )}
      </span>
      <span className="rail-l">{p.label}</span>
      {!!p.badge && <span className="vh">{t('nav.mineCount', { count: p.badge })}</span>}
    </Link>
  );
}
