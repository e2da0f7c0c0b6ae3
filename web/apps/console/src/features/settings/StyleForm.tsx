import { isProblem, type LetterStyle, type LetterStyleView, type Quote } from '@madoguchi/api-client';
import { LANGS, type Lang, languageName, useTranslation } from '@madoguchi/i18n';
import { Button, Notice, toast } from '@madoguchi/ui';
import { SegmentedControl, Switch, Textarea, TextInput } from '@madoguchi/ui/forms';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { HoursFields } from './HoursFields.tsx';
import { domainsIn, ownWords, QUOTES, stylesQuery, usualHours, VARIABLES } from './letterStyle.ts';
import { StylePreview } from './StylePreview.tsx';

const FILL = (name: string) => `{{${name}}}`;

/** One way in which letters look, with a letter that looks like it beside it. */
export function StyleForm({ of, locked }: { of: LetterStyleView; locked: boolean }) {
  const { t } = useTranslation('console.settings');
  const { t: tc, i18n } = useTranslation('console');
  const qc = useQueryClient();
  const [style, setStyle] = useState<LetterStyle>(of.style);
  const [old, setOld] = useState((of.style.iso_2022_jp ?? []).join(' '));
  const [lang, setLang] = useState<Lang>(i18n.language === 'en' ? 'en' : 'ja');
  const changed = JSON.stringify(style) !== JSON.stringify(of.style) || of.revision === 0;
  const put = (change: Partial<LetterStyle>) => setStyle((now) => ({ ...now, ...change }));
  const texts = style[lang];
  const write = (change: Partial<typeof texts>) => put({ [lang]: { ...texts, ...change } });
  const save = useSave(t('page.letter-styles'), {
    mutationFn: () => api.mail.saveStyle(of.team, style, { ifMatch: of.revision }),
    done: () => toast(t('style.saved')),
    onSettled: () => Promise.all([stylesQuery.queryKey, ['way-out']].map((queryKey) => qc.invalidateQueries({ queryKey }))),
  });
  const err = (field: string) => (isProblem(save.error) ? save.error.field(field) : undefined);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  const reset = () => {
    setStyle(of.style);
    setOld((of.style.iso_2022_jp ?? []).join(' '));
  };
  const names = VARIABLES.filter((name) => name !== 'opens')
    .map(FILL)
    .join(' ');
  return (
    <form className="style-f" onSubmit={submit} noValidate>
      <fieldset disabled={locked} className="stack">
        {save.isError && (
          <Notice tone="shu" role="alert">
            {problemText(save.error, tc)}
          </Notice>
        )}
        <section className="card stack-s">
          <h2>{t('style.reply')}</h2>
          <Switch
            label={t('style.salutation')}
            description={t('style.salutationHint')}
            checked={style.salutation}
            onChange={(e) => put({ salutation: e.currentTarget.checked })}
          />
          <div>
            <p className="style-l" id="style-quote">
              {t('style.quote')}
            </p>
            <SegmentedControl
              className="style-q"
              withItemsBorders={false}
              aria-labelledby="style-quote"
              data={QUOTES.map((q) => ({ value: q, label: tc(`frame.quotes.${q}`) }))}
              value={style.quote}
              onChange={(q) => put({ quote: q as Quote })}
            />
            <p className="dim small">{tc(`frame.quoteHint.${style.quote}`)}</p>
          </div>
          <TextInput
            label={t('style.old')}
            description={t('style.oldHint')}
            placeholder="jimusho.example.jp"
            autoComplete="off"
            spellCheck={false}
            value={old}
            error={err('iso_2022_jp')}
            onChange={(e) => {
              setOld(e.currentTarget.value);
              put({ iso_2022_jp: domainsIn(e.currentTarget.value) });
            }}
          />
        </section>
        <section className="card stack-s">
          <h2>{t('style.acknowledgement')}</h2>
          <Switch
            label={t('style.acknowledges')}
            description={t('style.acknowledgesHint')}
            checked={style.acknowledgement}
            onChange={(e) => put({ acknowledgement: e.currentTarget.checked })}
          />
          {style.acknowledgement && (
            <>
              <Switch
                label={t('style.hours')}
                description={t('style.hoursHint')}
                checked={!!style.hours}
                onChange={(e) => put({ hours: e.currentTarget.checked ? (of.style.hours ?? usualHours()) : null })}
              />
              {style.hours && <HoursFields hours={style.hours} onChange={(hours) => put({ hours })} error={err('hours')} />}
            </>
          )}
        </section>
        <section className="card stack-s">
          <div className="line">
            <h2>{t('style.texts')}</h2>
            <SegmentedControl
              size="xs"
              aria-label={t('style.language')}
              data={LANGS.map((l) => ({ value: l, label: languageName(l) }))}
              value={lang}
              onChange={(l) => setLang(l as Lang)}
            />
          </div>
          <p className="dim small">{t('style.variables', { names })}</p>
          {(['opening', 'closing'] as const).map((of) => (
            <Textarea
              key={of}
              label={t(`style.${of}`)}
              description={t(`style.${of}Hint`)}
              placeholder={t(`style.${of}Sample`, { lng: lang })}
              lang={lang}
              rows={2}
              autosize
              value={texts[of]}
              error={err(`${lang}.${of}`)}
              onChange={(e) => write({ [of]: e.currentTarget.value })}
            />
          ))}
          <Textarea
            label={t('style.signature')}
            description={t('style.signatureHint')}
            lang={lang}
            rows={5}
            value={texts.signature}
            error={err(`${lang}.signature`)}
            onChange={(e) => write({ signature: e.currentTarget.value })}
          />
          {style.acknowledgement && (
            <Textarea
              label={t('style.received')}
              description={t('style.ownWords')}
              placeholder={ownWords(lang, false)}
              lang={lang}
              rows={7}
              value={texts.acknowledgement}
              error={err(`${lang}.acknowledgement`)}
              onChange={(e) => write({ acknowledgement: e.currentTarget.value })}
            />
          )}
          {style.acknowledgement && style.hours && (
            <Textarea
              label={t('style.closedText')}
              description={t('style.closedHint', { name: FILL('opens') })}
              placeholder={ownWords(lang, true)}
              lang={lang}
              rows={7}
              value={texts.closed}
              error={err(`${lang}.closed`)}
              onChange={(e) => write({ closed: e.currentTarget.value })}
            />
          )}
        </section>
        {!locked && (
          <div className="row-end style-end">
            <Button disabled={!changed || save.isPending} onClick={reset}>
              {t('style.reset')}
            </Button>
            <Button type="submit" look="fill" busy={save.isPending} disabled={!changed}>
              {tc('do.save')}
            </Button>
          </div>
        )}
      </fieldset>
      <StylePreview style={style} lang={lang} />
    </form>
  );
}
