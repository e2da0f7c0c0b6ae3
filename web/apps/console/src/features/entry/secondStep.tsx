import { isProblem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Field } from '@madoguchi/ui';
import { useState } from 'react';

/** The field for a code of an authenticator, or for one that was written down. */
export function CodeField({
  value,
  error,
  hint,
  onChange,
}: {
  value: string;
  error?: string;
  hint?: string;
  onChange: (code: string) => void;
}) {
  const { t } = useTranslation('console');
  return (
    <Field
      label={t('entry.code')}
      hint={hint ?? t('entry.codeHint')}
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      autoFocus
      required
      maxLength={40}
      value={value}
      error={error}
      onChange={(e) => onChange(e.target.value)}
    />
  );
}

/** The second step of signing in: its field appears when the first one was right and the account has a second. */
export function useSecondStep() {
  const [code, setCode] = useState<string | null>(null);
  return {
    code: code ?? undefined,
    field: code === null ? null : <CodeField value={code} onChange={setCode} />,
    /** Whether no more is wrong than that a code is asked for. */
    asks: (problem: unknown) => {
      const asks = isProblem(problem) && problem.code === 'auth.code_needed';
      if (asks) setCode('');
      return asks;
    },
    back: () => setCode(null),
  };
}
