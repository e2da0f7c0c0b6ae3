import type { Message } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button } from '@madoguchi/ui';
import { IconPhotoOff } from '@tabler/icons-react';
import { memo, useMemo, useState } from 'react';
import { LetterFrame } from './LetterFrame.tsx';
import { outsidePictures, ownPictures, partsOf } from './letter.ts';
import { QuoteButton } from './PlainText.tsx';
import { alwaysShowPictures, showPictures, usePicturesShown } from './pictures.ts';

/** A letter as it was made up. What it only repeats is folded; pictures from elsewhere come when somebody asks for them. */
export const MessageHtml = memo(function MessageHtml({ message: m, title }: { message: Message; title: string }) {
  const { t } = useTranslation('console');
  const [open, setOpen] = useState(false);
  const [aboveOpen, setAboveOpen] = useState(false);
  const html = m.html ?? '';
  const { above, fresh, quoted } = useMemo(() => partsOf(html), [html]);
  const sender = m.author.kind === 'contact' ? m.author.id : null;
  const shown = usePicturesShown(m.id, sender);
  const seen = `${(aboveOpen && above) || ''}${fresh}${(open && quoted) || ''}`;
  const outside = useMemo(() => outsidePictures(seen), [seen]);
  const pictures = (part: string) => [...ownPictures(part), ...(shown ? outsidePictures(part) : [])];
  return (
    <>
      {outside.length > 0 && !shown && (
        <div className="pics">
          <IconPhotoOff size={15} aria-hidden="true" />
          <span>{t('message.remoteImages')}</span>
          <Button onClick={() => showPictures(m.id)}>{t('message.showImages')}</Button>
          {sender !== null && (
            <Button look="quiet" onClick={() => alwaysShowPictures(sender)}>
              {t('message.alwaysImages')}
            </Button>
          )}
        </div>
      )}
      {above && (
        <>
          <QuoteButton open={aboveOpen} onPress={() => setAboveOpen(!aboveOpen)} />
          {aboveOpen && (
            <div className="quote">
              <LetterFrame name={`${m.id}a`} html={above} pictures={pictures(above)} title={t('message.quoted', { of: title })} />
            </div>
          )}
        </>
      )}
      <LetterFrame name={`${m.id}`} html={fresh} pictures={pictures(fresh)} title={title} />
      {quoted && (
        <>
          <QuoteButton open={open} onPress={() => setOpen(!open)} />
          {open && (
            <div className="quote">
              <LetterFrame name={`${m.id}q`} html={quoted} pictures={pictures(quoted)} title={t('message.quoted', { of: title })} />
            </div>
          )}
        </>
      )}
    </>
  );
});
