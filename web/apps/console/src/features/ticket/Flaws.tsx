import type { Flaw } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { IconAlertTriangle, IconKey } from '@tabler/icons-react';

/** A file with a password, and the letter that brings it: nothing is wrong with either. */
const isLock = (flag: string) => ['locked-file', 'password-letter', 'password-before'].includes(flag);

/** What was wrong with a letter, or is to be known of it. */
export function Flaws({ flaws }: { flaws: Flaw[] }) {
  const { t } = useTranslation('console');
  return flaws.map((f) => (
    <p key={f.flag} className="flaw">
      {isLock(f.flag) ? <IconKey size={14} aria-hidden="true" /> : <IconAlertTriangle size={14} aria-hidden="true" />}
      {!isLock(f.flag) && t('message.flaw')} {t(`flaw.${f.flag}`, { detail: f.detail, defaultValue: f.detail || f.flag })}
    </p>
  ));
}
