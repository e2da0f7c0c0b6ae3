import { languageName, setLanguage, useTranslation } from '@madoguchi/i18n';
import type { ReactNode } from 'react';
import { Logo } from '../../app/Shell.tsx';
import './entry.css';

/** The frame of every page before the desk: one card on the counter. */
export function EntryFrame({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  const { t, i18n } = useTranslation('console');
  const other = i18n.language === 'ja' ? 'en' : 'ja';
  return (
    <div className="entry">
      <header className="entry-brand">
        <Logo />
        <span>{t('app.name')}</span>
        <span className="grow" />
        <button type="button" className="btn" data-look="quiet" lang={other} onClick={() => void setLanguage(other)}>
          {languageName(other)}
        </button>
      </header>
      <main className="entry-card">
        <h1>{title}</h1>
        {lead && <p className="dim">{lead}</p>}
        {children}
      </main>
      <footer className="entry-foot">{t('app.tagline')}</footer>
    </div>
  );
}
