import { useTranslation } from '@madoguchi/i18n';
import { Button, IconButton, isEnter, isImeKey } from '@madoguchi/ui';
import { Textarea, TextInput } from '@madoguchi/ui/forms';
import {
  IconArrowDown,
  IconArrowUp,
  IconClipboardText,
  IconIndentDecrease,
  IconIndentIncrease,
  IconPlus,
  IconRestore,
  IconTrash,
} from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { blankRow, type ChoiceRow, pasted, placeOf } from './fieldChoices.ts';

interface Props {
  rows: ChoiceRow[];
  set: (rows: ChoiceRow[]) => void;
  /** How many levels there may be. */
  levels: number;
  /** What is wrong at a place. */
  error: (place: string) => string | undefined;
}

/** What can be chosen of a field: rows, at their levels. Enter begins the next one. */
export function ChoicesEditor({ rows, set, levels, error }: Props) {
  const { t } = useTranslation('console.fields');
  const { t: tc } = useTranslation('console');
  const [pasting, setPasting] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const change = (id: number, next: Partial<ChoiceRow>) => set(rows.map((r) => (r.id === id ? { ...r, ...next } : r)));
  const focus = (at: number) =>
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLInputElement>('li > :first-child input')[at]?.focus());
  const addBelow = (at: number) => {
    set([...rows.slice(0, at + 1), blankRow(rows[at]?.level ?? 0), ...rows.slice(at + 1)]);
    focus(at + 1);
  };
  const move = (at: number, by: 1 | -1) => {
    const next = [...rows];
    const [row] = next.splice(at, 1);
    if (row) next.splice(at + by, 0, row);
    set(next);
  };
  // One that is kept is put away, for tickets may have it; one that is new is simply gone.
  const drop = (row: ChoiceRow) => (row.key ? change(row.id, { archived: true }) : set(rows.filter((r) => r.id !== row.id)));
  return (
    <fieldset className="ch-e">
      <legend>{t('choices')}</legend>
      {error('choices') && (
        <p className="err" role="alert">
          {error('choices')}
        </p>
      )}
      <ul ref={list}>
        {rows.map((r, at) => {
          const place = placeOf(rows, r.id);
          const name = r.ja || r.en || String(at + 1);
          const wrong = place ? (error(`${place}.label`) ?? error(`${place}.key`) ?? error(`${place}.choices`)) : undefined;
          return (
            <li key={r.id} data-archived={r.archived || undefined} style={{ marginInlineStart: r.level * 22 }}>
              <TextInput
                aria-label={t('choiceJa', { n: at + 1 })}
                placeholder={at === 0 ? t('choiceJaPlaceholder') : undefined}
                value={r.ja}
                error={wrong}
                disabled={r.archived}
                onChange={(e) => change(r.id, { ja: e.currentTarget.value })}
                onKeyDown={(e) => {
                  if (isImeKey(e.nativeEvent) || !isEnter(e.nativeEvent)) return;
                  e.preventDefault();
                  addBelow(at);
                }}
              />
              <TextInput
                aria-label={t('choiceEn', { n: at + 1 })}
                placeholder={at === 0 ? t('choiceEnPlaceholder') : undefined}
                value={r.en}
                disabled={r.archived}
                onChange={(e) => change(r.id, { en: e.currentTarget.value })}
              />
              <span className="ch-b">
                {levels > 1 && (
                  <>
                    <IconButton
                      label={t('levelUp', { name })}
                      disabled={r.level === 0}
                      onClick={() => change(r.id, { level: r.level - 1 })}
                    >
                      <IconIndentDecrease size={15} />
                    </IconButton>
                    <IconButton
                      label={t('levelDown', { name })}
                      disabled={at === 0 || r.level >= Math.min(levels - 1, (rows[at - 1]?.level ?? 0) + 1)}
                      onClick={() => change(r.id, { level: r.level + 1 })}
                    >
                      <IconIndentIncrease size={15} />
                    </IconButton>
                  </>
                )}
                <IconButton label={t('moveUp', { name })} disabled={at === 0} onClick={() => move(at, -1)}>
                  <IconArrowUp size={15} />
                </IconButton>
                <IconButton label={t('moveDown', { name })} disabled={at === rows.length - 1} onClick={() => move(at, 1)}>
                  <IconArrowDown size={15} />
                </IconButton>
                {r.archived ? (
                  <IconButton label={t('restore', { name })} onClick={() => change(r.id, { archived: false })}>
                    <IconRestore size={15} />
                  </IconButton>
                ) : (
                  <IconButton label={t(r.key ? 'putAway' : 'drop', { name })} onClick={() => drop(r)}>
                    <IconTrash size={15} />
                  </IconButton>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      {pasting === null ? (
        <div className="row">
          <Button onClick={() => addBelow(rows.length - 1)}>
            <IconPlus size={15} aria-hidden="true" />
            {t('addChoice')}
          </Button>
          <Button look="quiet" onClick={() => setPasting('')}>
            <IconClipboardText size={15} aria-hidden="true" />
            {t('paste')}
          </Button>
        </div>
      ) : (
        <div className="stack">
          <Textarea
            data-autofocus
            label={t('pasteTitle')}
            description={t(levels > 1 ? 'pasteLevelsHint' : 'pasteHint')}
            rows={5}
            value={pasting}
            onChange={(e) => setPasting(e.currentTarget.value)}
          />
          <div className="row-end">
            <Button onClick={() => setPasting(null)}>{tc('do.cancel')}</Button>
            <Button
              look="fill"
              disabled={pasting.trim() === ''}
              onClick={() => {
                set([...rows.filter((r) => r.key || r.ja || r.en), ...pasted(pasting, levels)]);
                setPasting(null);
              }}
            >
              {t('pasteAdd')}
            </Button>
          </div>
        </div>
      )}
    </fieldset>
  );
}
