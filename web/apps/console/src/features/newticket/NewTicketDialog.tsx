import { isProblem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice, toast } from '@madoguchi/ui';
import { FormDialog, Forms, SegmentedControl, Textarea, TextInput } from '@madoguchi/ui/forms';
import { IconLock, IconPaperclip, IconSend } from '@tabler/icons-react';
import { type FormEvent, type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from 'react';
import { problemText } from '../../app/Pages.tsx';
import { useApplying } from '../fields/data.ts';
import { FieldInput } from '../fields/FieldInput.tsx';
import { problemOf } from '../ticket/tries.ts';
import { UploadList } from '../ticket/UploadList.tsx';
import { useUploads } from '../ticket/uploads.ts';
import { FirstWayNotice } from '../ticket/WayOutNotice.tsx';
import { Details } from './Details.tsx';
import { BLANK, bodyOf, draftOf, type Written } from './form.ts';
import { useOpening } from './opening.ts';
import { RequesterFields } from './RequesterFields.tsx';
import { type Asker, reachable } from './requester.ts';
import { discard, PLACE, useWaits, useWritten, write } from './written.ts';
import '../fields/fields.css';
import './newticket.css';

/**
 * A ticket that begins with us: a first mail to somebody, or a note of what was said on the phone. What is written is
 * kept as it is typed; closing the dialog lays it aside, and only the button that says so throws it away.
 */
export default function NewTicketDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('console');
  const form = useRef<HTMLFormElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const f = useWritten();
  const waits = useWaits();
  const uploads = useUploads(PLACE);
  const { add, stopped, busy, earlier, openEarlier } = useOpening(onClose);
  /** Who was to get a mail and has no address; a new one for every try, so that each is told. */
  const [unreachable, setUnreachable] = useState<{ at: Asker } | null>(null);
  const note = f.mode === 'note';
  // A file is chosen among those of the ticket, and there is none yet.
  const own = useApplying(useDeferredValue(draftOf(f))).filter((field) => field.holds !== 'file');
  const blocked = uploads.busy || uploads.missing.length > 0;
  const put = (change: Partial<Written>) => write({ ...f, ...change });
  const typed = (k: 'subject' | 'text') => (e: { currentTarget: { value: string } }) => put({ [k]: e.currentTarget.value });

  // Whoever is told what is wrong is taken there.
  useEffect(() => {
    if (add.isError || unreachable) form.current?.querySelector<HTMLElement>('[aria-invalid=true], .asker[data-wrong] button')?.focus();
  }, [add.isError, unreachable]);
  const close = () => {
    if (!waits) write(BLANK);
    else if (!busy) toast(t('toast.newWaits'));
    onClose();
  };
  const throwAway = () => {
    const back = discard();
    onClose();
    toast(t('toast.newDiscarded'), { action: { label: t('do.undo'), run: back } });
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (blocked || busy) return;
    const lost = !note && !reachable(f.asker);
    setUnreachable(lost ? { at: f.asker } : null);
    if (lost) return add.reset();
    add.mutate(
      bodyOf(
        f,
        uploads.ids,
        own.map((field) => field.key),
      ),
    );
  };
  const sendByKey = (e: KeyboardEvent) => {
    if (!(e.ctrlKey || e.metaKey) || !e.code.endsWith('Enter') || e.nativeEvent.isComposing) return;
    e.preventDefault();
    form.current?.requestSubmit();
  };
  const err = (...names: string[]) => names.map((n) => (isProblem(add.error) ? add.error.field(n) : undefined)).find(Boolean);
  const askerError = (field: 'name' | 'phone' | 'email' | 'all') => {
    if (field === 'email' && unreachable && !note && !reachable(f.asker)) return t(f.asker.contact ? 'new.unreachable' : 'new.needsEmail');
    if (field !== 'all') return err(`requester.${field}`);
    // Of all of them together; what is wrong with one stands below that one.
    return isProblem(add.error) ? add.error.errors.find((e) => e.field === 'requester')?.detail : undefined;
  };
  return (
    <Forms>
      <FormDialog onClose={close} title={t('new.title')} size={640} keepOpen={waits} busy={busy} closeLabel={t('do.close')}>
        <form className="stack" onSubmit={submit} onKeyDown={sendByKey} data-note={note || undefined} noValidate ref={form}>
          {(add.isError || stopped) && (
            <Notice tone="shu" role="alert">
              <span className="grow">{told(add.error ?? (stopped && problemOf(stopped)), t)}</span>
              {earlier && <Button onClick={openEarlier}>{t('new.openEarlier', { number: earlier.number })}</Button>}
            </Notice>
          )}
          <RequesterFields asker={f.asker} onChange={(asker) => put({ asker })} error={askerError} needsEmail={!note} />
          <TextInput label={t('field.subject')} required value={f.subject} error={err('subject')} onChange={typed('subject')} />
          <Details written={f} put={put} />
          {own.length > 0 && (
            <div className="fd-g">
              {own.map((field) => (
                <div key={field.key} data-holds={field.holds}>
                  <FieldInput
                    field={field}
                    value={f.fields[field.key]}
                    required={field.required === 'open'}
                    error={err(`fields.${field.key}`)}
                    onChange={(value) => put({ fields: { ...f.fields, [field.key]: value } })}
                  />
                </div>
              ))}
            </div>
          )}
          <div>
            <SegmentedControl
              aria-label={t('composer.mode')}
              value={f.mode}
              onChange={(mode) => put({ mode: mode === 'note' ? 'note' : 'mail' })}
              data={[
                { value: 'mail', label: t('new.mail') },
                { value: 'note', label: t('new.note') },
              ]}
            />
            {!note && (
              <div className="new-way">
                <FirstWayNotice team={f.team ? Number(f.team) : null} onLeave={onClose} />
              </div>
            )}
            <Textarea
              className="new-text"
              mt={8}
              label={t(note ? 'new.noteText' : 'new.mailText')}
              description={t(note ? 'composer.onlyUs' : 'new.mailTextHint')}
              required
              rows={7}
              value={f.text}
              error={err('message.text', 'message')}
              onChange={typed('text')}
            />
          </div>
          <UploadList uploads={uploads} />
          <div className="row-end foot">
            <Button look="quiet" aria-label={t('composer.attach')} onClick={() => file.current?.click()}>
              <IconPaperclip size={15} aria-hidden="true" />
              <span className="only-d">{t('composer.attach')}</span>
            </Button>
            <input
              ref={file}
              type="file"
              multiple
              hidden
              aria-label={t('composer.attach')}
              onChange={(e) => {
                uploads.add(e.target.files ?? []);
                e.target.value = '';
              }}
            />
            <span className="grow" />
            {waits ? <Button onClick={throwAway}>{t('new.discard')}</Button> : <Button onClick={close}>{t('do.cancel')}</Button>}
            <Button type="submit" look={note ? 'note' : 'fill'} busy={busy} disabled={blocked}>
              {note ? <IconLock size={15} aria-hidden="true" /> : <IconSend size={15} aria-hidden="true" />}
              {t(note ? 'new.saveNote' : 'new.send')}
            </Button>
          </div>
        </form>
      </FormDialog>
    </Forms>
  );
}

/** What went wrong, now or before the dialog was closed; nobody may know how that ended. */
const told = (problem: unknown, t: (k: string) => string) => (problem ? problemText(problem, t) : t('new.unsure'));
