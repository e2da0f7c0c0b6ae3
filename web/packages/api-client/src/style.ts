/** How letters of ours look. */
import type { Id, Quote } from './schema.ts';

/** The texts of one language. */
export interface StyleTexts {
  /** Below the line that addresses the reader, and below the words. */
  opening: string;
  closing: string;
  signature: string;
  /** What the program answers when a word has come, open and closed; its own words when empty. */
  acknowledgement: string;
  closed: string;
}
export interface Span {
  from: string;
  to: string;
}
/** How letters look. */
export interface LetterStyle {
  salutation: boolean;
  quote: Quote;
  acknowledgement: boolean;
  hours?: { week: Span[][]; holidays_closed: boolean; closed: string[] } | null;
  /** Domains of readers whose mail programs know no UTF-8. */
  iso_2022_jp?: string[];
  ja: StyleTexts;
  en: StyleTexts;
}
export interface LetterStyleView {
  /** The team whose it is; `null` for the desk's. */
  team: Id | null;
  style: LetterStyle;
  /** 0 while nobody set it. */
  revision: number;
}
