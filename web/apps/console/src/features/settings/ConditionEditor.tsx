import type { Choice, Condition, Scalar, TicketField } from '@madoguchi/api-client';
import { language, useTranslation } from '@madoguchi/i18n';
import { Button, IconButton, Notice } from '@madoguchi/ui';
import { MultiSelect, SegmentedControl, Select, TextInput } from '@madoguchi/ui/forms';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { called } from '../fields/label.ts';
import { useAgentOptions } from '../ticket/agents.ts';
import { useTeams } from '../ticket/data.ts';
import { PRIORITIES, TYPES } from '../ticket/words.ts';
import { isEmptiness, type Kind, kindOf, type Line, type LineOp, type Lines, line, OPS } from './condition.ts';

const CHANNELS = ['mail', 'phone', 'in_person', 'web', 'api', 'other'] as const;

interface Askable {
  field: string;
  name: string;
  kind: Kind;
  options?: { value: string; label: string }[];
}

/** Every level of a cascade, as conditions call it. */
const ways = (choices: readonly Choice[], lang: 'ja' | 'en', key = '', name = ''): { value: string; label: string }[] =>
  choices.flatMap((c) => {
    const at = { value: key + c.key, label: name + called(c.label, lang) };
    return [at, ...ways(c.choices ?? [], lang, `${at.value}/`, `${at.label} › `)];
  });

function useAskable(fields: readonly TicketField[]): Askable[] {
  const { t } = useTranslation('console');
  const lang = language();
  const teams = useTeams();
  const agents = useAgentOptions();
  const built: Askable[] = [
    { field: 'type', name: t('field.type'), kind: 'choice', options: TYPES.map((x) => ({ value: x, label: t(`type.${x}`) })) },
    {
      field: 'priority',
      name: t('field.priority'),
      kind: 'choice',
      options: PRIORITIES.map((x) => ({ value: x, label: t(`priority.${x}`) })),
    },
    { field: 'channel', name: t('field.channel'), kind: 'choice', options: CHANNELS.map((x) => ({ value: x, label: t(`channel.${x}`) })) },
    { field: 'team', name: t('field.team'), kind: 'reference', options: teams.map((x) => ({ value: String(x.id), label: x.name })) },
    { field: 'tags', name: t('field.tags'), kind: 'words' },
    { field: 'subject', name: t('field.subject'), kind: 'text' },
  ];
  const own = fields.flatMap((f): Askable[] => {
    const kind = kindOf(f.holds);
    if (!kind || f.archived) return [];
    const options = f.holds === 'person' ? agents : f.choices.length > 0 ? ways(f.choices, lang) : undefined;
    return [{ field: `fields.${f.key}`, name: called(f.label, lang), kind, options }];
  });
  return [...built, ...own];
}

interface Props {
  lines: Lines | null;
  set: (lines: Lines) => void;
  /** The condition as it is, for one that lines cannot say. */
  written: Condition | null;
  /** The fields that may be asked for. */
  fields: readonly TicketField[];
  error?: string;
}

/** A condition, line by line: a field, what is asked of it, and with what it is compared. */
export function ConditionEditor({ lines, set, written, fields, error }: Props) {
  const { t } = useTranslation('console.fields');
  const askable = useAskable(fields);
  if (!lines) {
    return (
      <Notice tone="yama">
        <span className="grow">{t('condition.byProgram')}</span>
        <code className="cd-j">{JSON.stringify(written)}</code>
        <Button onClick={() => set({ join: 'all', lines: [] })}>{t('condition.anew')}</Button>
      </Notice>
    );
  }
  const change = (id: number, next: Partial<Line>) =>
    set({ ...lines, lines: lines.lines.map((l) => (l.id === id ? { ...l, ...next } : l)) });
  const add = () => set({ ...lines, lines: [...lines.lines, line('type', 'is')] });
  return (
    <fieldset className="cd">
      <legend>{t('condition.title')}</legend>
      <p className="dim small">{t('condition.hint')}</p>
      {error && (
        <p className="err" role="alert">
          {error}
        </p>
      )}
      {lines.lines.length > 1 && (
        <SegmentedControl
          aria-label={t('condition.join')}
          value={lines.join}
          onChange={(join) => set({ ...lines, join: join as Lines['join'] })}
          data={[
            { value: 'all', label: t('condition.all') },
            { value: 'any', label: t('condition.any') },
          ]}
        />
      )}
      <ul>
        {lines.lines.map((l, n) => {
          const asked = askable.find((a) => a.field === l.field);
          return (
            <li key={l.id}>
              <Select
                aria-label={t('condition.field', { n: n + 1 })}
                data={askable.map((a) => ({ value: a.field, label: a.name }))}
                searchable
                allowDeselect={false}
                value={l.field}
                onChange={(field) => {
                  const kind = askable.find((a) => a.field === field)?.kind;
                  if (field && kind) change(l.id, { field, op: OPS[kind][0] as LineOp, value: kind === 'flag' ? [true] : [] });
                }}
              />
              <Select
                aria-label={t('condition.op', { n: n + 1 })}
                data={(asked ? OPS[asked.kind] : [l.op]).map((op) => ({
                  value: op,
                  label: t(`condition.ops.${asked?.kind === 'day' || asked?.kind === 'moment' ? `${op}_time` : op}`),
                }))}
                allowDeselect={false}
                value={l.op}
                onChange={(op) => op && change(l.id, { op: op as LineOp })}
              />
              {!isEmptiness(l.op) && <Value n={n + 1} line={l} asked={asked} onChange={(value) => change(l.id, { value })} />}
              <IconButton
                label={t('condition.drop', { n: n + 1 })}
                onClick={() => set({ ...lines, lines: lines.lines.filter((x) => x.id !== l.id) })}
              >
                <IconTrash size={16} />
              </IconButton>
            </li>
          );
        })}
      </ul>
      <Button onClick={add}>
        <IconPlus size={15} aria-hidden="true" />
        {t('condition.add')}
      </Button>
    </fieldset>
  );
}

function Value({
  n,
  line: l,
  asked,
  onChange,
}: {
  n: number;
  line: Line;
  asked: Askable | undefined;
  onChange: (value: Scalar[]) => void;
}) {
  const { t } = useTranslation('console.fields');
  const { t: tc } = useTranslation('console');
  const label = t('condition.value', { n });
  if (asked?.kind === 'flag') {
    const data = [
      { value: 'true', label: tc('value.yes') },
      { value: 'false', label: tc('value.no') },
    ];
    return (
      <Select
        aria-label={label}
        data={data}
        allowDeselect={false}
        value={String(l.value[0] ?? true)}
        onChange={(v) => onChange([v === 'true'])}
      />
    );
  }
  if (asked?.options) {
    return <MultiSelect aria-label={label} data={asked.options} searchable value={l.value.map(String)} onChange={onChange} />;
  }
  if (asked?.kind === 'number') {
    const typed = l.value[0];
    return (
      <TextInput
        aria-label={label}
        inputMode="decimal"
        value={typed === undefined ? '' : String(typed)}
        onChange={(e) => {
          const text = e.currentTarget.value.normalize('NFKC');
          onChange([text !== '' && Number.isFinite(Number(text)) && !/[.-]$/.test(text) ? Number(text) : text]);
        }}
      />
    );
  }
  const placeholder = asked?.kind === 'day' || asked?.kind === 'moment' ? t('condition.dayPlaceholder') : undefined;
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      value={String(l.value[0] ?? '')}
      onChange={(e) => onChange([e.currentTarget.value])}
    />
  );
}
