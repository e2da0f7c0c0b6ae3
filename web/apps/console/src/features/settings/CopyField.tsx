import { useTranslation } from '@madoguchi/i18n';
import { Button } from '@madoguchi/ui';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';

/** A value to be taken along: selected as one, copied with one press. A long one is wrapped, so that it can be read whole. */
export function CopyField({ label, text, whole = false }: { label: string; text: string; whole?: boolean }) {
  const { t } = useTranslation('console');
  const [done, setDone] = useState(false);
  const copy = async () => {
    // The clipboard exists on secure origins only; selecting still lets one press Ctrl+C.
    await navigator.clipboard?.writeText(text).then(
      () => setDone(true),
      () => undefined,
    );
    setTimeout(() => setDone(false), 2000);
  };
  return (
    <div className="copyf">
      {whole ? (
        <code title={label}>{text}</code>
      ) : (
        <input readOnly aria-label={label} value={text} onFocus={(e) => e.currentTarget.select()} />
      )}
      <Button onClick={() => void copy()}>
        {done ? <IconCheck size={15} aria-hidden="true" /> : <IconCopy size={15} aria-hidden="true" />}
        {t(done ? 'do.copied' : 'do.copy')}
      </Button>
    </div>
  );
}
