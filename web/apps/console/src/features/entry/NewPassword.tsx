import { isProblem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Field } from '@madoguchi/ui';
import { useState } from 'react';

export const PASSWORD_MIN = 8;

export function NewPassword({ value, onChange, problem }: { value: string; onChange: (v: string) => void; problem: unknown }) {
  const { t } = useTranslation('console');
  const [left, setLeft] = useState(false);
  const told = isProblem(problem) ? problem.field('password') : undefined;
  const short = left && value.length > 0 && value.length < PASSWORD_MIN ? t('entry.passwordShort', { n: PASSWORD_MIN }) : undefined;
  return (
    <Field
      label={t('entry.passwordNew')}
      type="password"
      autoComplete="new-password"
      required
      minLength={PASSWORD_MIN}
      hint={t('entry.passwordHint', { n: PASSWORD_MIN })}
      error={told ?? short}
      value={value}
      onBlur={() => setLeft(true)}
      onChange={(e) => onChange(e.target.value)}
    />
  );
}
