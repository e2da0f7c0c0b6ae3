import type { BodyPreview } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Notice } from '@madoguchi/ui';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';

/** What would become of the sample: who asks, and what the ticket says. */
export function BodyPreviewPane({ preview }: { preview: BodyPreview | undefined }) {
  const { t } = useTranslation('console.settings');
  return (
    <section className="br-p" aria-label={t('form.preview')} aria-live="polite">
      <h3>{t('form.preview')}</h3>
      {!preview ? (
        <p className="dim small">{t('form.previewHint')}</p>
      ) : (
        <>
          {preview.whole && (
            <Notice tone="waka">
              <IconCircleCheck size={17} aria-hidden="true" />
              <span className="grow">{t('form.whole')}</span>
            </Notice>
          )}
          <Wrong says="partly" labels={preview.missing} />
          <Wrong says="noAddressAt" labels={preview.without_address} />
          <Wrong says="doubled" labels={preview.doubled} />
          <dl>
            {(['name', 'email', 'phone', 'company', 'subject'] as const).map((k) => (
              <div key={k}>
                <dt>{t(`form.field.${k}`)}</dt>
                <dd data-none={!preview[k] || undefined}>{preview[k] ?? t('form.nothing')}</dd>
              </div>
            ))}
          </dl>
          <h4>{t('form.message')}</h4>
          <pre>{preview.whole && preview.content ? preview.content : preview.text}</pre>
        </>
      )}
    </section>
  );
}

function Wrong({ says, labels }: { says: 'partly' | 'noAddressAt' | 'doubled'; labels: string[] }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  if (labels.length === 0) return null;
  return (
    <Notice tone={says === 'doubled' ? 'yama' : 'shu'}>
      <IconAlertTriangle size={17} aria-hidden="true" />
      <span className="grow">{t(`form.${says}`, { labels: labels.join(tc('value.comma')) })}</span>
    </Notice>
  );
}
