import type { SessionView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { api } from './api.ts';
import { useSession } from './session.ts';

/** The other desks at which one works. */
export const otherDesks = (s: SessionView) => s.memberships.filter((d) => d.slug !== s.tenant.slug);

/** Goes on at another desk, in a page of its own. */
export const goToDesk = (slug: string) => api.session.goToDesk(slug).then(() => location.assign(`/t/${slug}/inbox`));

/** At which desk one is: its name and its colour, and the way to the others. */
export function DeskChip({ onOpen }: { onOpen: () => void }) {
  const { t } = useTranslation('console');
  const session = useSession();
  const { name, colour } = session.tenant;
  const several = otherDesks(session).length > 0;
  if (!several && !colour) return null;
  const inside = (
    <>
      <i className="desk-d" data-colour={colour ?? 'none'} aria-hidden="true" />
      <span className="cut">{name}</span>
    </>
  );
  if (!several) return <span className="desk-c">{inside}</span>;
  return (
    <button type="button" className="desk-c" title={t('desk.switch')} aria-haspopup="dialog" onClick={onOpen}>
      {inside}
    </button>
  );
}
