import type { Letter } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, toast } from '@madoguchi/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { idOf, type Selection } from './LetterList.tsx';
import { mayRetry } from './retry.ts';

/** Requests under way at once: the desk's other work goes on beside them. */
const AT_ONCE = 4;

interface Props {
  state: string;
  rows: Letter[];
  selected: Selection;
  onSelect: (s: Selection) => void;
  /** Shows the letters that were taken in. */
  onRead: () => void;
}

/** Marks all that are listed, and does to those that are marked what can be done to one. */
export function BulkBar({ state, rows, selected, onSelect, onRead }: Props) {
  const { t } = useTranslation('console.settings');
  const qc = useQueryClient();
  const [left, setLeft] = useState<number | null>(null);
  const open = rows.filter(mayRetry);
  if (open.length === 0 && left === null) return null;
  const all = open.length > 0 && open.every((l) => selected.has(l.id));
  const run = async () => {
    const waiting = [...selected.values()];
    const failed = new Map<number, Letter>();
    const count = waiting.length;
    setLeft(count);
    const work = async () => {
      for (let l = waiting.pop(); l; l = waiting.pop()) {
        const letter = l;
        await api.mail.retry(letter.id).catch(() => failed.set(letter.id, letter));
        setLeft((n) => (n === null ? n : n - 1));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    setLeft(null);
    onSelect(failed);
    await qc.invalidateQueries({ queryKey: ['letters'] });
    if (failed.size > 0) toast(t('letter.someFailed', { count: failed.size }), { tone: 'shu' });
    else toast(t('letter.allDone', { count }), { action: { label: t('letter.showRead'), run: onRead } });
  };
  return (
    <div className="lt-b">
      <label>
        <input type="checkbox" checked={all} onChange={() => onSelect(new Map(all ? [] : open.map((l) => [idOf(l), l])))} />
        {t('letter.markAll')}
      </label>
      <span className="dim small" role="status">
        {left !== null ? t('letter.left', { count: left }) : selected.size > 0 ? t('letter.marked', { count: selected.size }) : ''}
      </span>
      <Button look="fill" disabled={selected.size === 0} busy={left !== null} onClick={() => void run()}>
        {t(state === 'failed' ? 'letter.again' : state ? 'letter.make' : 'letter.both')}
      </Button>
    </div>
  );
}
