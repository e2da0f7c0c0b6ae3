import type { LetterStyle, Span } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, IconButton } from '@madoguchi/ui';
import { Switch, Textarea } from '@madoguchi/ui/forms';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { daysIn, nextSpan } from './letterStyle.ts';

type Hours = NonNullable<LetterStyle['hours']>;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const SPANS_MAX = 4;

/** When a desk is open: each weekday's spans, holidays, and days of its own. */
export function HoursFields({ hours, onChange, error }: { hours: Hours; onChange: (hours: Hours) => void; error?: string }) {
  const { t } = useTranslation('console.settings');
  const [days, setDays] = useState(hours.closed.join('\n'));
  const put = (day: number, spans: Span[]) => onChange({ ...hours, week: hours.week.map((w, i) => (i === day ? spans : w)) });
  return (
    <div className="stack-s">
      <ul className="hrs">
        {DAYS.map((day, i) => (
          <Day key={day} name={t(`day.${day}`)} spans={hours.week[i] ?? []} onChange={(spans) => put(i, spans)} />
        ))}
      </ul>
      {error && (
        <p className="style-bad" role="alert">
          {error}
        </p>
      )}
      <Switch
        label={t('style.holidays')}
        checked={hours.holidays_closed}
        onChange={(e) => onChange({ ...hours, holidays_closed: e.currentTarget.checked })}
      />
      <Textarea
        label={t('style.closedDays')}
        description={t('style.closedDaysHint')}
        rows={3}
        value={days}
        onChange={(e) => {
          setDays(e.currentTarget.value);
          onChange({ ...hours, closed: daysIn(e.currentTarget.value) });
        }}
      />
    </div>
  );
}

function Day({ name, spans, onChange }: { name: string; spans: Span[]; onChange: (spans: Span[]) => void }) {
  const { t } = useTranslation('console.settings');
  const put = (at: number, change: Partial<Span>) => onChange(spans.map((s, i) => (i === at ? { ...s, ...change } : s)));
  return (
    <li>
      <b>{name}</b>
      {spans.length === 0 && <span className="dim">{t('style.rests')}</span>}
      {spans.map((s, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: spans have no name but their place
        <span key={i} className="hrs-s">
          <Time label={t('style.from', { day: name })} value={s.from} onChange={(from) => put(i, { from })} />
          <span aria-hidden="true">–</span>
          <Time label={t('style.to', { day: name })} value={s.to} onChange={(to) => put(i, { to })} />
          <IconButton
            label={t('style.dropSpan', { day: name, from: s.from, to: s.to })}
            onClick={() => onChange(spans.filter((_, n) => n !== i))}
          >
            <IconX size={14} />
          </IconButton>
        </span>
      ))}
      {spans.length < SPANS_MAX && (
        <Button look="quiet" aria-label={t('style.addSpan', { day: name })} onClick={() => onChange([...spans, nextSpan(spans)])}>
          <IconPlus size={14} aria-hidden="true" />
        </Button>
      )}
    </li>
  );
}

/** Written, not chosen: the day's end is 24:00, which a browser's own field does not know. */
function Time({ label, value, onChange }: { label: string; value: string; onChange: (time: string) => void }) {
  return (
    <input
      type="text"
      inputMode="numeric"
      className="hrs-t"
      aria-label={label}
      maxLength={5}
      value={value}
      onChange={(e) => onChange(e.target.value)}
      onBlur={(e) => onChange(timeOf(e.target.value))}
    />
  );
}

/** `９：００`, `900` and `9:00` are the same. */
function timeOf(text: string): string {
  const m = /^(\d{1,2}):?(\d{2})?$/.exec(text.normalize('NFKC').trim());
  return m?.[1] ? `${m[1].padStart(2, '0')}:${m[2] ?? '00'}` : text;
}
