import { isImeKey, type KeyLike } from './ime.ts';

export interface KeyInput extends KeyLike {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/**
 * The name of a pressed key as the key map writes it: `j`, `shift+e`, `mod+k`, `?`.
 * Letters come from `event.code`, because with a Japanese input method on, `event.key` is not the letter.
 * Combinations with Alt belong to the operating system and have no name here.
 */
export function keyName(e: KeyInput): string | null {
  if (isImeKey(e) || e.altKey) return null;
  const mod = e.ctrlKey || e.metaKey ? 'mod+' : '';
  if (e.key === '?') return `${mod}?`;
  const letter = /^Key([A-Z])$/.exec(e.code)?.[1]?.toLowerCase();
  const base = letter ?? (e.key.length === 1 ? e.key.toLowerCase() : e.key);
  if (['Shift', 'Control', 'Meta', 'Alt'].includes(base)) return null;
  const shift = e.shiftKey && (letter !== undefined || e.key.length > 1) ? 'shift+' : '';
  return mod + shift + base;
}

export function isTyping(target: unknown): boolean {
  const el = target as { tagName?: string; isContentEditable?: boolean; type?: string } | null;
  if (!el?.tagName) return false;
  if (el.isContentEditable) return true;
  if (el.tagName === 'INPUT') return !['checkbox', 'radio', 'button', 'submit', 'range'].includes(el.type ?? 'text');
  return el.tagName === 'TEXTAREA' || el.tagName === 'SELECT';
}

/** Recognizes single keys and two-key sequences such as `g i`. */
export class Sequencer {
  private first = '';
  private at = 0;
  private readonly window: number;
  constructor(window = 1200) {
    this.window = window;
  }

  /** Returns what was pressed, longest first: `['g i', 'i']`. */
  press(name: string, now: number): string[] {
    const seq = this.first && now - this.at < this.window ? `${this.first} ${name}` : '';
    this.first = name;
    this.at = now;
    return seq ? [seq, name] : [name];
  }

  clear(): void {
    this.first = '';
  }
}

const isMac = () => typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

/** How a key is shown: `⌘ K` on a Mac, `Ctrl K` elsewhere. */
export function showKeys(keys: string, mac = isMac()): string[] {
  return keys.split(/[ +]/).map((k) => {
    if (k === 'mod') return mac ? '⌘' : 'Ctrl';
    if (k === 'shift') return mac ? '⇧' : 'Shift';
    if (k === 'Escape') return 'Esc';
    if (k === 'Enter') return mac ? '↵' : 'Enter';
    return k.length === 1 ? k.toUpperCase() : k;
  });
}
