import { capped, language, languageName, useTranslation } from '@madoguchi/i18n';
import { Button, Skeleton } from '@madoguchi/ui';
import { Forms } from '@madoguchi/ui/forms';
import {
  IconArrowLeft,
  IconBuildingStore,
  IconDoorEnter,
  IconForms,
  IconKey,
  IconLanguage,
  IconMail,
  IconMailExclamation,
  IconMailOpened,
  IconMoon,
  IconPlugConnected,
  IconProgressCheck,
  IconShieldHalf,
  IconSignature,
  IconSun,
  IconUser,
  IconUsers,
  IconUsersGroup,
  IconWall,
  IconWorldCheck,
} from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { type ComponentType, lazy, Suspense } from 'react';
import { Denied } from '../../app/Pages.tsx';
import { prefer, useSession } from '../../app/session.ts';
import { useScheme } from '../../app/useScheme.ts';
import { useWide } from '../inbox/useWide.ts';
import { useLettersAside } from './aside.ts';
import './settings.css';

const PAGES = {
  mailboxes: { group: 'mail', right: 'mailbox.read', icon: IconMail, view: lazy(() => import('./Mailboxes.tsx')) },
  oauth: { group: 'mail', right: 'mailbox.read', icon: IconPlugConnected, view: lazy(() => import('./OauthApplications.tsx')) },
  letters: { group: 'mail', right: 'letter.read', icon: IconMailOpened, view: lazy(() => import('./Letters.tsx')) },
  'letter-styles': { group: 'mail', right: 'mailbox.read', icon: IconSignature, view: lazy(() => import('./LetterStyles.tsx')) },
  domains: { group: 'mail', right: 'mailbox.read', icon: IconWorldCheck, view: lazy(() => import('./Domains.tsx')) },
  fields: { group: 'work', right: 'field.change', icon: IconForms, view: lazy(() => import('./Fields.tsx')) },
  states: { group: 'work', right: 'state.change', icon: IconProgressCheck, view: lazy(() => import('./States.tsx')) },
  agents: { group: 'people', right: 'agent.read', icon: IconUser, view: lazy(() => import('./Agents.tsx')) },
  teams: { group: 'people', right: 'team.read', icon: IconUsersGroup, view: lazy(() => import('./Teams.tsx')) },
  walls: { group: 'people', right: 'wall.read', icon: IconWall, view: lazy(() => import('./Walls.tsx')) },
  roles: { group: 'people', right: 'role.read', icon: IconShieldHalf, view: lazy(() => import('./Roles.tsx')) },
  'sign-in': { group: 'people', right: 'sign_in_policy.read', icon: IconDoorEnter, view: lazy(() => import('./SignInPolicies.tsx')) },
  desk: { group: 'house', right: 'desk.change', icon: IconBuildingStore, view: lazy(() => import('./DeskPage.tsx')) },
  tokens: { group: 'house', right: 'token.change', icon: IconKey, view: lazy(() => import('./Tokens.tsx')) },
  'dead-letters': {
    group: 'house',
    right: 'house.tend',
    icon: IconMailExclamation,
    view: lazy(() => import('./DeadLetters.tsx')),
  },
  profile: { group: 'me', right: null, icon: IconUsers, view: lazy(() => import('./Profile.tsx')) },
} as const satisfies Record<string, { group: string; right: string | null; icon: typeof IconMail; view: ComponentType }>;
type PageKey = keyof typeof PAGES;
const GROUPS = ['me', 'mail', 'work', 'people', 'house'] as const;
const isPage = (x: string | undefined): x is PageKey => !!x && x in PAGES;

/** On a desk the rail has these two; a phone has no rail to put them on. */
function Looks() {
  const { t: tc, i18n } = useTranslation('console');
  const dark = useScheme() === 'dark';
  const other = i18n.language === 'ja' ? 'en' : 'ja';
  return (
    <div className="set-q">
      <Button onClick={() => void prefer({ locale: other })} title={tc('cmd.otherLanguage')}>
        <IconLanguage size={17} aria-hidden="true" />
        <span lang={other}>{languageName(other)}</span>
      </Button>
      <Button onClick={() => void prefer({ theme: dark ? 'light' : 'dark' })} title={tc(dark ? 'cmd.light' : 'cmd.dark')}>
        {dark ? <IconSun size={17} aria-hidden="true" /> : <IconMoon size={17} aria-hidden="true" />}
        {tc(dark ? 'nav.light' : 'nav.dark')}
      </Button>
    </div>
  );
}

export default function SettingsPage() {
  const { t } = useTranslation('console.settings');
  const wide = useWide(760);
  const { rights } = useSession();
  const may = (right: string | null) => right === null || rights.includes(right);
  const { page } = useParams({ strict: false });
  const known = isPage(page) ? page : null;
  const current: PageKey | null = known ?? (wide ? 'profile' : null);
  const aside = useLettersAside(may('letter.read'));
  const View = current ? PAGES[current].view : null;
  return (
    <Forms>
      <div className="set" data-open={current !== null || undefined}>
        {(wide || !current) && (
          <nav className="set-n" aria-label={t('title')}>
            {current ? <p className="set-t">{t('title')}</p> : <h1>{t('title')}</h1>}
            {!wide && <Looks />}
            {GROUPS.filter((g) => Object.values(PAGES).some((x) => x.group === g && may(x.right))).map((g) => (
              <section key={g}>
                <h2>{t(`group.${g}`)}</h2>
                {(Object.keys(PAGES) as PageKey[])
                  .filter((k) => PAGES[k].group === g && may(PAGES[k].right))
                  .map((k) => {
                    const I = PAGES[k].icon;
                    return (
                      <Link
                        key={k}
                        to="/settings/{-$page}"
                        params={{ page: k }}
                        className="vw"
                        aria-current={k === current ? 'page' : undefined}
                      >
                        <I size={16} stroke={1.8} aria-hidden="true" />
                        <span>{t(`page.${k}`)}</span>
                        {k === 'letters' && !!aside && <em title={t('letter.waiting', { count: aside })}>{capped(aside, language())}</em>}
                      </Link>
                    );
                  })}
              </section>
            ))}
          </nav>
        )}
        {View && (
          <div className="set-p">
            {!wide && (
              <Link to="/settings/{-$page}" params={{ page: undefined }} className="set-back">
                <IconArrowLeft size={18} aria-hidden="true" />
                {t('title')}
              </Link>
            )}
            <Suspense fallback={<Skeleton lines={6} />}>{current && may(PAGES[current].right) ? <View /> : <Denied />}</Suspense>
          </div>
        )}
      </div>
    </Forms>
  );
}
