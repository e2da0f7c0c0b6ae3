import type { LetterStyle } from '@madoguchi/api-client';
import { i18next, type Lang, useTranslation } from '@madoguchi/i18n';
import { SegmentedControl } from '@madoguchi/ui/forms';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { usePlace, useSession } from '../../app/session.ts';
import { filled, momentInLetter, ownWords } from './letterStyle.ts';

type Which = 'reply' | 'received' | 'closed';

/** A letter as it would leave, in the language of whoever reads it. */
export function StylePreview({ style, lang }: { style: LetterStyle; lang: Lang }) {
  const { t } = useTranslation('console.settings');
  const { agent, tenant } = useSession();
  const { zone } = usePlace();
  const box = useQuery({ queryKey: ['mailboxes'], queryFn: api.mail.mailboxes }).data?.items[0];
  const [wanted, setWanted] = useState<Which>('reply');
  const tl = i18next.getFixedT(lang, 'console.settings');
  const shown: Which[] = style.acknowledgement ? (style.hours ? ['reply', 'received', 'closed'] : ['reply', 'received']) : ['reply'];
  const which = shown.includes(wanted) ? wanted : 'reply';
  const meaning = {
    agent: agent.name,
    desk: box?.name ?? tenant.name,
    address: box?.address ?? 'support@example.jp',
    number: '1024',
    subject: tl('sample.subject'),
    opens: tl('sample.opens'),
  };
  const at = momentInLetter(new Date(Date.now() - 3_600_000), { locale: lang, zone });
  const texts = style[lang];
  const words = () => {
    if (which === 'received') return filled(texts.acknowledgement || ownWords(lang, false), meaning);
    if (which === 'closed') return filled(texts.closed || ownWords(lang, true), meaning);
    const text = (of: 'opening' | 'closing' | 'signature') => filled(texts[of], meaning).trim();
    return [style.salutation && tl('sample.salutation'), text('opening'), tl('sample.reply'), text('closing'), text('signature')]
      .filter(Boolean)
      .join('\n\n');
  };
  return (
    <aside className="style-p" aria-label={t('style.preview')}>
      <div className="line">
        <h2>{t('style.preview')}</h2>
        {shown.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label={t('style.preview')}
            data={shown.map((w) => ({ value: w, label: t(`style.shown.${w}`) }))}
            value={which}
            onChange={(w) => setWanted(w as Which)}
          />
        )}
      </div>
      <div className="style-m" lang={lang}>
        <p>{words()}</p>
        {which === 'reply' && style.quote !== 'none' && <p className="style-q">{tl(`sample.${style.quote}`, { at })}</p>}
      </div>
    </aside>
  );
}
