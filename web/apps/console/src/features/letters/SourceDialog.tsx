import type { LetterSource } from '@madoguchi/api-client';
import { size, useTranslation } from '@madoguchi/i18n';
import { FormDialog, Forms, SegmentedControl } from '@madoguchi/ui/forms';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { api } from '../../app/api.ts';
import { ErrorView } from '../../app/Pages.tsx';
import { Head, Structure } from './Anatomy.tsx';
import { Findings } from './Findings.tsx';
import { RawText } from './RawText.tsx';
import './letters.css';

export type LetterOf = { message: number } | { letter: number };
const TABS = ['about', 'head', 'parts', 'raw'] as const;
type Tab = (typeof TABS)[number];

/** A letter as it came: what was made of it and why, its head, what it is made of, and its bytes. */
export default function SourceDialog({ of, onClose, children }: { of: LetterOf; onClose: () => void; children?: ReactNode }) {
  const { t } = useTranslation('console.letters');
  const { t: tc } = useTranslation('console');
  const [tab, setTab] = useState<Tab>('about');
  const letter = useQuery({
    queryKey: ['letter', of],
    queryFn: () => ('message' in of ? api.mail.ofMessage(of.message) : api.mail.letter(of.letter)),
    // Its address is good for minutes only.
    staleTime: 60_000,
  });
  const l = letter.data;
  return (
    <Forms>
      <FormDialog onClose={onClose} title={t('source')} size={900} closeLabel={tc('do.close')}>
        <div className="src-h">
          <SegmentedControl
            aria-label={t('tabs')}
            value={tab}
            onChange={(v) => setTab(v as Tab)}
            data={TABS.map((v) => ({ value: v, label: t(`tab.${v}`) }))}
          />
          {l && (
            <a className="btn" href={l.raw} download={`letter-${l.id}.eml`}>
              {t('save', { size: size(l.size) })}
            </a>
          )}
        </div>
        {letter.isError && !l ? (
          <ErrorView error={letter.error} retry={() => void letter.refetch()} />
        ) : l ? (
          <Shown tab={tab} letter={l} />
        ) : (
          <div className="skel" aria-hidden="true">
            <i />
            <i />
            <i />
          </div>
        )}
        {children}
      </FormDialog>
    </Forms>
  );
}

function Shown({ tab, letter }: { tab: Tab; letter: LetterSource }) {
  const { t } = useTranslation('console.letters');
  const cut = letter.cut && tab !== 'raw' && <p className="dim small">{t('cut')}</p>;
  return (
    <section className="src-b" aria-label={t(`tab.${tab}`)}>
      {cut}
      {tab === 'about' && <Findings letter={letter} />}
      {tab === 'head' && <Head lines={letter.headers} />}
      {tab === 'parts' && <Structure part={letter.structure} />}
      {tab === 'raw' && <RawText letter={letter} />}
    </section>
  );
}
