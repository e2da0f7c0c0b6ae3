import type { Id, Quote, WayOut } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Picker } from '@madoguchi/ui';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import type { Draft } from './draft.ts';
import { addressesSomebody, beginsAlike, endsAlike } from './greetings.ts';
import { useWayOut } from './WayOutNotice.tsx';
import { QUOTES } from './words.ts';

const oneLine = (line: string) => line.split('\n').join(' ');

interface Props {
  ticket: Id;
  draft: Draft;
  /** A word to somebody else addresses nobody by itself and repeats nothing. */
  forward: boolean;
  onChange: (change: Partial<Draft>) => void;
}
/** The line that stands above the words, as it will leave; empty when there is none, or the words have one of their own. */
function lineOf(way: WayOut | undefined, draft: Draft, forward: boolean): string {
  return draft.salutation ?? (forward || addressesSomebody(draft.text) ? '' : (way?.salutation ?? ''));
}

/** Above the words: how the reader is addressed. The line can be changed, left out, or written anew. */
export function SalutationLine({ ticket, draft, forward, onChange }: Props) {
  const { t } = useTranslation('console');
  const way = useWayOut(ticket);
  const [menu, setMenu] = useState<Element | null>(null);
  const line = lineOf(way, draft, forward);
  // Whoever is written to now is not whom the line is for; the right one is found when it leaves.
  const other = !forward && line !== '' && draft.to !== undefined && draft.salutation === undefined;
  if (!line) return null;
  return (
    <div className="frm">
      <button
        type="button"
        className="frm-s"
        aria-haspopup="listbox"
        aria-label={t('frame.change', { line: oneLine(other ? t('frame.fits') : line) })}
        onClick={(e) => setMenu(e.currentTarget)}
      >
        <span>{other ? t('frame.fits') : line}</span>
        <IconChevronDown size={13} aria-hidden="true" />
      </button>
      {menu && <SalutationPicker way={way} line={line} anchor={menu} onChange={onChange} onClose={() => setMenu(null)} />}
    </div>
  );
}

/** How the letter begins below that line, unless the words do so alike. */
export function Opening({ ticket, text }: { ticket: Id; text: string }) {
  const { t } = useTranslation('console');
  const opening = useWayOut(ticket)?.opening?.trim();
  if (!opening || addressesSomebody(text) || beginsAlike(text, opening)) return null;
  return (
    <div className="frm frm-o">
      <section className="frm-sig" aria-label={t('frame.opening')}>
        {opening}
      </section>
    </div>
  );
}

/** Among the buttons, where no line stands: to set one. */
export function SalutationButton({ ticket, draft, forward, onChange }: Props) {
  const { t } = useTranslation('console');
  const way = useWayOut(ticket);
  const [menu, setMenu] = useState<Element | null>(null);
  if (!way?.salutations || way.salutations.length === 0 || lineOf(way, draft, forward)) return null;
  return (
    <>
      <button type="button" className="frm-add" aria-haspopup="listbox" onClick={(e) => setMenu(e.currentTarget)}>
        {t('frame.address')}
      </button>
      {menu && <SalutationPicker way={way} line="" anchor={menu} onChange={onChange} onClose={() => setMenu(null)} />}
    </>
  );
}

interface PickerProps {
  way: WayOut | undefined;
  line: string;
  anchor: Element;
  onChange: (change: Partial<Draft>) => void;
  onClose: () => void;
}
function SalutationPicker({ way, line, anchor, onChange, onClose }: PickerProps) {
  const { t } = useTranslation('console');
  const choices = way?.salutations ?? [];
  return (
    <Picker
      label={t('frame.address')}
      searchLabel={t('frame.write')}
      emptyLabel={t('pick.none')}
      create={(text) => t('frame.own', { line: text })}
      options={choices.map((c) => ({
        value: c.line,
        label: c.line ? oneLine(c.line) : t('frame.none'),
        detail: t(`frame.kind.${c.kind}`, { defaultValue: '' }),
      }))}
      selected={[line]}
      anchor={anchor}
      onPick={(picked) => onChange({ salutation: picked === (way?.salutation ?? null) ? undefined : picked })}
      onClose={onClose}
    />
  );
}

/** Below the words: what is signed, and how much of the letter before follows. */
export function Closing({ ticket, draft, forward, onChange }: Props) {
  const { t } = useTranslation('console');
  const way = useWayOut(ticket);
  const [menu, setMenu] = useState<Element | null>(null);
  const quote = draft.quote ?? way?.quote;
  const usual = way?.closing?.trim() ?? '';
  const closing = forward || endsAlike(draft.text, usual) ? '' : usual;
  const signature = [closing, way?.signature?.trim()].filter(Boolean).join('\n\n');
  if (!signature && (forward || !quote)) return null;
  return (
    <div className="frm">
      {signature && (
        <section className="frm-sig" aria-label={t('frame.signature')}>
          {signature}
        </section>
      )}
      {!forward && quote && (
        <button type="button" className="frm-q" aria-haspopup="listbox" onClick={(e) => setMenu(e.currentTarget)}>
          {t(`frame.follows.${quote}`)}
          {way?.quote_wished && quote === way.quote && <span className="dim">{t('frame.wished')}</span>}
          <IconChevronDown size={13} aria-hidden="true" />
        </button>
      )}
      {menu && (
        <Picker
          label={t('frame.quote')}
          search={false}
          searchLabel={t('frame.quote')}
          emptyLabel={t('pick.none')}
          options={QUOTES.map((q) => ({ value: q, label: t(`frame.quotes.${q}`), detail: t(`frame.quoteHint.${q}`) }))}
          selected={quote ? [quote] : []}
          anchor={menu}
          onPick={(picked) => onChange({ quote: picked === way?.quote ? undefined : (picked as Quote) })}
          onClose={() => setMenu(null)}
        />
      )}
    </div>
  );
}
