import { type BodyPreviewInput, type BodyReader, isProblem, type Mailbox } from '@madoguchi/api-client';
import { moment, useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { Select, Switch, Textarea, TextInput } from '@madoguchi/ui/forms';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { usePlace, useSession } from '../../app/session.ts';
import { useSettled } from '../../app/useSettled.ts';
import { BodyLabels, type LabelRow, numbered, rowsOf } from './BodyLabels.tsx';
import { BodyPreviewPane } from './BodyPreviewPane.tsx';

/** Letters among which a sample is chosen. */
const SAMPLES = 50;
/** Characters of a subject that are proposed as a name. */
const NAME_PROPOSED = 60;

/** A reader is made of a sample: its labels are found, one says what stands behind each, and sees at once what is read. */
export function BodyReaderForm({
  mailbox,
  reader,
  onRemove,
  onDone,
}: {
  mailbox: Mailbox;
  reader: BodyReader | null;
  onRemove: (() => void) | null;
  onDone: () => void;
}) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const place = usePlace();
  const qc = useQueryClient();
  const mayChoose = useSession().rights.includes('letter.read');
  const letters = useQuery({
    queryKey: ['letters', 'samples', mailbox.id],
    queryFn: () => api.mail.letters({ mailbox: mailbox.id, limit: SAMPLES }),
    enabled: mayChoose,
  });
  const [f, setF] = useState({ name: reader?.name ?? '', gateway: reader?.gateway ?? '', active: reader?.active ?? true });
  const [letter, setLetter] = useState<string | null>(null);
  const [pasted, setPasted] = useState('');
  const [rows, setRows] = useState<LabelRow[]>(() => numbered(reader?.labels ?? []));
  const labels = rowsOf(rows);

  const sample: BodyPreviewInput | null = letter ? { letter: Number(letter) } : pasted.trim() ? { text: pasted } : null;
  const asked = useSettled(JSON.stringify(sample && { ...sample, ...(labels.length > 0 && { labels }) }));
  const preview = useQuery({
    queryKey: ['body-preview', mailbox.id, asked],
    queryFn: () => api.mail.previewBody(mailbox.id, JSON.parse(asked)),
    enabled: asked !== 'null',
    placeholderData: (before) => before,
  });

  /** A new sample brings its labels, its subject as a name, unless there are some that people chose. */
  const take = async (next: BodyPreviewInput, subject?: string | null) => {
    setF((now) => ({ ...now, name: now.name || (subject ?? '').slice(0, NAME_PROPOSED) }));
    if (rows.length > 0) return;
    const found = await qc.fetchQuery({
      queryKey: ['body-preview', mailbox.id, JSON.stringify(next)],
      queryFn: () => api.mail.previewBody(mailbox.id, next),
    });
    setRows((now) => (now.length > 0 ? now : numbered(found.proposed)));
    setF((now) => ({ ...now, gateway: now.gateway || (found.from ?? '') }));
  };

  const gateways = mailbox.gateways ?? [];
  const isNewGateway = f.gateway.trim() !== '' && !gateways.includes(f.gateway.trim().toLowerCase());
  const save = useSave(f.name || t('form.add'), {
    mutationFn: async () => {
      const gateway = f.gateway.trim();
      const next = { name: f.name.trim(), gateway, labels, active: f.active };
      if (isNewGateway) await api.mail.save(mailbox.id, { gateways: [...gateways, gateway] }, {});
      return reader ? api.mail.saveBodyReader(reader, next) : api.mail.addBodyReader(mailbox.id, next);
    },
    done: onDone,
    onSettled: () => {
      for (const queryKey of [['body-readers', mailbox.id], ['mailboxes']]) void qc.invalidateQueries({ queryKey });
    },
  });
  // What was tried last is told first: a label may be refused by the preview as by the server that keeps it.
  const problem = preview.error ?? save.error;
  const err = (field: string) => (isProblem(problem) ? problem.field(field) : undefined);
  const errOfLabels = (of?: { nth: number; part: string }) => {
    const name = of ? `labels.${of.nth}.${of.part}` : 'labels';
    return isProblem(problem) ? problem.errors.find((e) => e.field === name)?.detail : undefined;
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };

  return (
    <form className="stack" onSubmit={submit} noValidate>
      {(save.isError || preview.isError) && (
        <Notice tone="shu" role="alert">
          {problemText(problem, tc)}
        </Notice>
      )}
      <fieldset className="br-s">
        <legend>{t('form.sample')}</legend>
        {mayChoose && (
          <Select
            label={t('form.sampleLetter')}
            placeholder={t('form.choose')}
            nothingFoundMessage={t('form.noLetters')}
            searchable
            clearable
            clearButtonProps={{ 'aria-label': tc('do.clear') }}
            data={(letters.data?.items ?? []).map((x) => ({
              value: String(x.id),
              label: `${moment(x.received_at, place)} ${x.subject ?? '—'} / ${x.from}`,
            }))}
            value={letter}
            onChange={(id) => {
              setLetter(id);
              if (id) void take({ letter: Number(id) }, letters.data?.items.find((x) => String(x.id) === id)?.subject);
            }}
          />
        )}
        {!letter && (
          <Textarea
            label={t('form.samplePaste')}
            rows={5}
            spellCheck={false}
            value={pasted}
            onChange={(e) => setPasted(e.currentTarget.value)}
            // What is pasted whole shows its labels at once; what is typed, when it is finished.
            onPaste={(e) => !pasted.trim() && void take({ text: e.clipboardData.getData('text/plain') })}
            onBlur={() => pasted.trim() && void take({ text: pasted })}
          />
        )}
      </fieldset>
      <div className="pair">
        <TextInput
          label={t('form.name')}
          description={t('form.nameHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          required
          value={f.name}
          error={err('name')}
          onChange={(e) => setF({ ...f, name: e.currentTarget.value })}
        />
        <TextInput
          label={t('form.gateway')}
          description={t(isNewGateway ? 'form.gatewayNew' : 'form.gatewayHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          type="email"
          required
          value={f.gateway}
          error={err('gateway')}
          onChange={(e) => setF({ ...f, gateway: e.currentTarget.value })}
        />
      </div>
      <div className="br-two">
        <BodyLabels rows={rows} set={setRows} preview={sample ? preview.data : undefined} error={errOfLabels} />
        <BodyPreviewPane preview={sample ? preview.data : undefined} />
      </div>
      <Switch label={t('form.active')} checked={f.active} onChange={(e) => setF({ ...f, active: e.currentTarget.checked })} />
      <div className="row-end foot">
        {onRemove && (
          <Button look="danger" onClick={onRemove}>
            {t('form.remove')}
          </Button>
        )}
        <span className="grow" />
        <Button onClick={onDone}>{tc('do.cancel')}</Button>
        <Button type="submit" look="fill" busy={save.isPending}>
          {tc('do.save')}
        </Button>
      </div>
    </form>
  );
}
