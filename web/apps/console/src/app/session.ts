import type { Preferences, SessionView } from '@madoguchi/api-client';
import { language, type Place, setLanguage, useTranslation } from '@madoguchi/i18n';
import { setScheme } from '@madoguchi/ui';
import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from './api.ts';
import { keys, queryClient } from './query.ts';

export const sessionQuery = queryOptions({ queryKey: keys.session, queryFn: api.session.get, staleTime: 5 * 60_000 });

/** The session of the signed-in agent. Only pages behind the sign-in may ask. */
export function useSession(): SessionView {
  return useSuspenseQuery(sessionQuery).data;
}

/** The language and the time zone in which times are written. */
export function usePlace(): Place {
  useTranslation();
  const zone = useQuery({ ...sessionQuery, enabled: false }).data?.tenant.time_zone ?? 'Asia/Tokyo';
  const locale = language();
  return useMemo(() => ({ locale, zone }), [locale, zone]);
}

export function applyDensity(d: string): void {
  document.documentElement.dataset.density = d === 'compact' ? 'compact' : 'comfortable';
  try {
    localStorage.setItem('madoguchi.density', d);
  } catch {
    // Without storage the account's wish still rules after the first answer.
  }
}

/** What the account wants, applied to this browser. */
export async function applyPreferences(s: SessionView): Promise<void> {
  setScheme(s.account.theme);
  applyDensity(s.account.density);
  if (s.account.locale !== language()) await setLanguage(s.account.locale);
}

let wishes = 0;
/** Applies at once and tells the server after; a failed save only means that the next browser does not know. */
export async function prefer(p: Preferences): Promise<void> {
  if (p.theme) setScheme(p.theme);
  if (p.density) applyDensity(p.density);
  if (p.locale) await setLanguage(p.locale);
  const old = queryClient.getQueryData<SessionView>(keys.session);
  if (!old) return;
  queryClient.setQueryData<SessionView>(keys.session, { ...old, account: { ...old.account, ...p } });
  const mine = ++wishes;
  await api.session.prefer(p).then(
    // An answer that does not know of a later wish is not shown.
    (s) => s?.account && mine === wishes && queryClient.setQueryData(keys.session, s),
    () => undefined,
  );
}
