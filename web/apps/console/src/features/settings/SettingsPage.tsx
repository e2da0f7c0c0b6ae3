import { useTranslation } from '@madoguchi/i18n';
import { Skeleton } from '@madoguchi/ui';
import { Forms } from '@madoguchi/ui/forms';
import {
  IconArrowLeft,
  IconKey,
  IconMail,
  IconMailExclamation,
  IconMailOpened,
  IconShieldHalf,
  IconUser,
  IconUsers,
  IconUsersGroup,
} from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { type ComponentType, lazy, Suspense } from 'react';
import { useWide } from '../inbox/useWide.ts';
import './settings.css';

const PAGES = {
  mailboxes: { group: 'mail', icon: IconMail, view: lazy(() => import('./Mailboxes.tsx')) },
  letters: { group: 'mail', icon: IconMailOpened, view: lazy(() => import('./Letters.tsx')) },
  agents: { group: 'people', icon: IconUser, view: lazy(() => import('./Agents.tsx')) },
  teams: { group: 'people', icon: IconUsersGroup, view: lazy(() => import('./Teams.tsx')) },
  roles: { group: 'people', icon: IconShieldHalf, view: lazy(() => import('./Roles.tsx')) },
  tokens: { group: 'house', icon: IconKey, view: lazy(() => import('./Tokens.tsx')) },
  'dead-letters': { group: 'house', icon: IconMailExclamation, view: lazy(() => import('./DeadLetters.tsx')) },
  profile: { group: 'me', icon: IconUsers, view: lazy(() => import('./Profile.tsx')) },
} as const satisfies Record<string, { group: string; icon: typeof IconMail; view: ComponentType }>;
type PageKey = keyof typeof PAGES;
const GROUPS = ['me', 'mail', 'people', 'house'] as const;
const isPage = (x: string | undefined): x is PageKey => !!x && x in PAGES;

export default function SettingsPage() {
  const { t } = useTranslation('console.settings');
  const wide = useWide(760);
  const { page } = useParams({ strict: false });
  const known = isPage(page) ? page : null;
  const current: PageKey | null = known ?? (wide ? 'profile' : null);
  const View = current ? PAGES[current].view : null;
  return (
    <Forms>
      <div className="set" data-open={current !== null || undefined}>
        {(wide || !current) && (
          <nav className="set-n" aria-label={t('title')}>
            {current ? <p className="set-t">{t('title')}</p> : <h1>{t('title')}</h1>}
            {GROUPS.map((g) => (
              <section key={g}>
                <h2>{t(`group.${g}`)}</h2>
                {(Object.keys(PAGES) as PageKey[])
                  .filter((k) => PAGES[k].group === g)
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
              <Link to="/settings/{-$page}" params={{}} className="set-back">
                <IconArrowLeft size={18} aria-hidden="true" />
                {t('title')}
              </Link>
            )}
            <Suspense fallback={<Skeleton lines={6} />}>
              <View />
            </Suspense>
          </div>
        )}
      </div>
    </Forms>
  );
}
