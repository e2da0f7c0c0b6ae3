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
          <Notice tone={preview.whole ? 'waka' : 'shu'}>
            {preview.whole ? <IconCircleCheck size={17} aria-hidden="true" /> : <IconAlertTriangle size={17} aria-hidden="true" />}
            <span className="grow">{t(preview.whole ? 'form.whole' : 'form.partly', { labels: preview.missing.join('、') })}</span>
          </Notice>
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
