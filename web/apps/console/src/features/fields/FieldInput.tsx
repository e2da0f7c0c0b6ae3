import type { Attachment, TicketField } from '@madoguchi/api-client';
import { language, useTranslation } from '@madoguchi/i18n';
import { IconButton, isEnter, isImeKey } from '@madoguchi/ui';
import { Checkbox, MultiSelect, Select, Textarea, TextInput } from '@madoguchi/ui/forms';
import { IconCalendar } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { usePlace } from '../../app/session.ts';
import { useAgentOptions } from '../ticket/agents.ts';
import { CascadeInput } from './CascadeInput.tsx';
import { choosable, useEras } from './data.ts';
import { called } from './label.ts';
import { moments } from './moments.ts';
import { OrganizationInput } from './OrganizationInput.tsx';
import { wareki } from './wareki.ts';
import { useValueWords } from './words.ts';

export interface FieldInputProps {
  field: TicketField;
  value: unknown;
  error?: string;
  disabled?: boolean;
  /** The files among which one of that kind is chosen. */
  files?: Attachment[];
  /** Whether it must be filled where it stands. */
  required?: boolean;
  /** The value as it is to be kept; what is typed is told when one leaves it, or with Enter. `null` takes it away. */
  onChange: (value: unknown) => void;
}

/** One field to be filled, whatever it holds. */
export function FieldInput(props: FieldInputProps) {
  const { t } = useTranslation('console');
  const { field, value, error, disabled, required, onChange } = props;
  const lang = language();
  const agents = useAgentOptions();
  const common = {
    label: called(field.label, lang),
    description: called(field.hint, lang) || undefined,
    error,
    disabled,
    withAsterisk: required,
  };
  const clear = { clearable: true, clearButtonProps: { 'aria-label': t('do.clear') } };
  const options = (held: readonly string[]) => choosable(field.choices, held).map((c) => ({ value: c.key, label: called(c.label, lang) }));
  switch (field.holds) {
    case 'choice': {
      const held = typeof value === 'string' ? value : null;
      return (
        <Select
          {...common}
          {...clear}
          searchable={field.choices.length > 8}
          data={options(held ? [held] : [])}
          value={held}
          onChange={onChange}
        />
      );
    }
    case 'choices': {
      const held = Array.isArray(value) ? (value as string[]) : [];
      return (
        <MultiSelect {...common} searchable clearable data={options(held)} value={held} onChange={(v) => onChange(v.length ? v : null)} />
      );
    }
    case 'cascade':
      return <CascadeInput {...props} {...common} />;
    case 'checkbox':
      return <Checkbox {...common} checked={value === true} onChange={(e) => onChange(e.currentTarget.checked)} />;
    case 'person': {
      const held = typeof value === 'number' ? String(value) : null;
      return (
        <Select
          {...common}
          {...clear}
          searchable
          limit={100}
          data={agents}
          value={held}
          onChange={(v) => onChange(v === null ? null : Number(v))}
        />
      );
    }
    case 'organization':
      return <OrganizationInput {...common} value={typeof value === 'number' ? value : null} onChange={onChange} />;
    case 'file': {
      const files = (props.files ?? []).map((f) => ({ value: String(f.id), label: f.name }));
      const held = typeof value === 'number' ? String(value) : null;
      return (
        <Select
          {...common}
          {...clear}
          data={files}
          value={held}
          nothingFoundMessage={t('pick.none')}
          onChange={(v) => onChange(v === null ? null : Number(v))}
        />
      );
    }
    default:
      return <TypedInput {...props} common={common} />;
  }
}

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 });
/** A value as it stands in its box. */
function writtenOf(field: TicketField, value: unknown, zone: string): string {
  if (value === null || value === undefined) return '';
  if (field.holds === 'date_time' && typeof value === 'string') return moments(value, zone);
  return typeof value === 'number' ? grouped.format(value) : String(value);
}

/** What is typed: kept as it is typed until one leaves it; what it is then, the server says. */
function TypedInput({ field, value, onChange, common }: FieldInputProps & { common: object & { description?: string } }) {
  const { t } = useTranslation('console.fields');
  const place = usePlace();
  const eras = useEras();
  const words = useValueWords();
  const written = writtenOf(field, value, place.zone);
  const [text, setText] = useState(written);
  const box = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => setText(written), [written]);
  const keep = (next = text) => {
    if (next !== written) onChange(next.trim() === '' ? null : next);
  };
  const onKeyDown = (e: React.KeyboardEvent) => {
    if (isImeKey(e.nativeEvent)) return;
    if (e.key === 'Escape' && text !== written) {
      e.stopPropagation();
      setText(written);
    }
    if (isEnter(e.nativeEvent) && field.holds !== 'long_text') {
      e.preventDefault();
      keep();
    }
  };
  const rest = {
    ...common,
    ref: box,
    value: text,
    onChange: (e: { currentTarget: { value: string } }) => setText(e.currentTarget.value),
    onBlur: () => keep(),
    onKeyDown,
  };
  if (field.holds === 'long_text') return <Textarea {...rest} autosize minRows={2} maxRows={8} />;
  if (field.holds === 'number' || field.holds === 'money') {
    const unit = field.holds === 'money' && field.unit === 'JPY' ? t('yen') : field.unit;
    return (
      <TextInput
        {...rest}
        inputMode="decimal"
        rightSection={unit ? <span className="fd-u">{unit}</span> : undefined}
        rightSectionWidth={unit ? 18 + unit.length * 13 : undefined}
      />
    );
  }
  if (field.holds === 'date') {
    const era = place.locale === 'ja' ? wareki(written, eras) : null;
    return (
      <div className="fd-d">
        <TextInput
          {...rest}
          placeholder={t('datePlaceholder')}
          description={common.description}
          rightSection={
            <IconButton label={t('calendar')} onClick={() => picker.current?.showPicker()}>
              <IconCalendar size={16} />
            </IconButton>
          }
        />
        <input
          ref={picker}
          type="date"
          tabIndex={-1}
          aria-hidden="true"
          value={/^\d{4}-\d{2}-\d{2}$/.test(written) ? written : ''}
          onChange={(e) => e.target.value && onChange(e.target.value)}
        />
        {written && <p className="fd-n">{era ?? words(field.key, written)}</p>}
      </div>
    );
  }
  const placeholder = field.holds === 'date_time' ? t('momentPlaceholder') : undefined;
  return <TextInput {...rest} placeholder={placeholder} />;
}
