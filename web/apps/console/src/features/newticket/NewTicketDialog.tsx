import { type Channel, freshKey, isProblem, type NewTicket, type Priority, type TicketType } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice, toast } from '@madoguchi/ui';
import { FormDialog, Forms, SegmentedControl, Select, TagsInput, Textarea, TextInput } from '@madoguchi/ui/forms';
import { IconLock, IconPaperclip, IconSend } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api } from '../../app/api.ts';
import { hadArrived, problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { useSave } from '../../app/save.ts';
import { useSession } from '../../app/session.ts';
import { useAgentOptions } from '../ticket/agents.ts';
import { useTeams } from '../ticket/data.ts';
import { UploadList } from '../ticket/UploadList.tsx';
import { dropUploads, useUploads } from '../ticket/uploads.ts';
import { FirstWayNotice } from '../ticket/WayOutNotice.tsx';
import { useOpenWalls, useWallName } from '../ticket/walls.ts';
import { PRIORITIES, TYPES } from '../ticket/words.ts';
import { RequesterFields } from './RequesterFields.tsx';
import { type Asker, NOBODY, reachable, requesterOf } from './requester.ts';
import './newticket.css';

const CHANNELS: readonly Channel[] = ['phone', 'in_person', 'mail', 'other'];
const BLANK = {
  asker: NOBODY,
  /** How it came; until somebody says so, a note is of a call and a mail of a mail. */
  channel: null as Channel | null,
  wall: null as string | null,
  subject: '',
  text: '',
  mode: 'mail',
  tags: [] as string[],
  team: null as string | null,
  assignee: null as string | null,
  type: 'question',
  priority: 'normal',
};
/** What was written and has not become a ticket, though the dialog is gone. It is there again when the dialog is. */
let kept: { form: typeof BLANK; place: string } | null = null;

/** A ticket that begins with us: a first mail to somebody, or a note of what was said on the phone. */
export default function NewTicketDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('console');
  const nav = useNavigate();
  const qc = useQueryClient();
  const teams = useTeams();
  const agents = useAgentOptions();
  const { rights } = useSession();
  const walls = useOpenWalls();
  const wallName = useWallName();
  const form = useRef<HTMLFormElement>(null);
  const [start] = useState(() => kept ?? { form: BLANK, place: `new.${freshKey()}` });
  const uploads = useUploads(start.place);
  const file = useRef<HTMLInputElement>(null);
  const action = useRef(freshKey());
  const [f, setF] = useState(start.form);
  /** Who was to get a mail and has no address; a new one for every try, so that each is told. */
  const [unreachable, setUnreachable] = useState<{ at: Asker } | null>(null);
  const note = f.mode === 'note';
  const put = (change: Partial<typeof BLANK>) => setF((o) => ({ ...o, ...change }));
  const keep = () => {
    kept = { form: f, place: start.place };
  };
  const discard = () => {
    if (kept?.place === start.place) kept = null;
    dropUploads(start.place);
  };

  const channel = f.channel ?? (note ? 'phone' : 'mail');
  const typed = (k: 'subject' | 'text') => (e: { currentTarget: { value: string } }) => put({ [k]: e.currentTarget.value });
  const show = (id: number) => void nav({ to: '/tickets/$ticketId', params: { ticketId: String(id) }, search: (s) => s });
  const add = useSave(t('new.title'), {
    mutationFn: (body: NewTicket) => api.tickets.add(body, { key: action.current }),
    onSuccess: ({ requester }) => {
      discard();
      void qc.invalidateQueries({ queryKey: keys.lists });
      void qc.invalidateQueries({ queryKey: keys.counts });
      // Whoever was new is suggested the next time, and has one ticket more.
      void qc.invalidateQueries({ queryKey: keys.contacts });
      if (requester) void qc.invalidateQueries({ queryKey: keys.contactTickets(requester.id) });
    },
    done: (ticket) => {
      onClose();
      show(ticket.id);
    },
    // The first try had arrived after all, and other words came under its key.
    onError: (e) => {
      if (hadArrived(e)) action.current = freshKey();
    },
    lost: (e) => {
      keep();
      toast(t('toast.newKept', { why: problemText(e, t) }), { tone: 'shu' });
    },
    missed: ({ id, number }) => toast(t('toast.opened', { number }), { action: { label: t('cmd.open'), run: () => show(id) } }),
  });
  const sending = add.isPending;
  // Whoever is told what is wrong is taken there.
  useEffect(() => {
    if (add.isError || unreachable) form.current?.querySelector<HTMLElement>('[aria-invalid=true], .asker[data-wrong] button')?.focus();
  }, [add.isError, unreachable]);
  const close = () => {
    if (!sending) discard();
    onClose();
  };
  /** Laid aside to connect a mailbox first. */
  const leave = () => {
    keep();
    onClose();
  };
  const err = (...names: string[]) => names.map((n) => (isProblem(add.error) ? add.error.field(n) : undefined)).find(Boolean);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (uploads.busy) return;
    const lost = !note && !reachable(f.asker);
    setUnreachable(lost ? { at: f.asker } : null);
    if (lost) return add.reset();
    add.mutate({
      subject: f.subject.trim(),
      requester: requesterOf(f.asker),
      channel,
      wall: f.wall ? Number(f.wall) : undefined,
      message: note ? { text: f.text, internal: true } : { text: f.text, outbound: true },
      team: f.team ? Number(f.team) : undefined,
      assignee: f.assignee ? Number(f.assignee) : undefined,
      type: f.type as TicketType,
      priority: f.priority as Priority,
      tags: f.tags.length > 0 ? f.tags : undefined,
      attachments: uploads.ids.length > 0 ? uploads.ids : undefined,
    });
  };
  const askerError = (field: 'name' | 'phone' | 'email' | 'all') => {
    if (field === 'email' && unreachable && !note && !reachable(f.asker)) return t(f.asker.contact ? 'new.unreachable' : 'new.needsEmail');
    if (field !== 'all') return err(`requester.${field}`);
    // Of all of them together; what is wrong with one stands below that one.
    return isProblem(add.error) ? add.error.errors.find((e) => e.field === 'requester')?.detail : undefined;
  };
  return (
    <Forms>
      <FormDialog
        onClose={close}
        title={t('new.title')}
        size={640}
        keepOpen={!!(f.text || f.subject || f.asker.name || f.asker.phone || f.asker.email)}
        busy={sending}
        closeLabel={t('do.close')}
      >
        <form className="stack" onSubmit={submit} data-note={note || undefined} noValidate ref={form}>
          {add.isError && (
            <Notice tone="shu" role="alert">
              {problemText(add.error, t)}
            </Notice>
          )}
          <RequesterFields asker={f.asker} onChange={(asker) => put({ asker })} error={askerError} needsEmail={!note} />
          <TextInput label={t('field.subject')} required value={f.subject} error={err('subject')} onChange={typed('subject')} />
          <div className="quad">
            <Select
              label={t('field.type')}
              data={TYPES.map((x) => ({ value: x, label: t(`type.${x}`) }))}
              value={f.type}
              allowDeselect={false}
              onChange={(v) => v && put({ type: v })}
            />
            <Select
              label={t('field.priority')}
              data={PRIORITIES.map((x) => ({ value: x, label: t(`priority.${x}`) }))}
              value={f.priority}
              allowDeselect={false}
              onChange={(v) => v && put({ priority: v })}
            />
            <Select
              label={t('field.team')}
              placeholder={t('value.noTeam')}
              data={teams.map((x) => ({ value: String(x.id), label: x.name }))}
              value={f.team}
              clearable
              onChange={(v) => put({ team: v })}
              clearButtonProps={{ 'aria-label': t('do.clear') }}
            />
            <Select
              label={t('field.assignee')}
              placeholder={t('value.unassigned')}
              data={agents}
              limit={100}
              value={f.assignee}
              clearable
              searchable
              onChange={(v) => put({ assignee: v })}
              clearButtonProps={{ 'aria-label': t('do.clear') }}
            />
          </div>
          <div className="pair">
            <Select
              label={t('field.channel')}
              data={CHANNELS.map((x) => ({ value: x, label: t(`channel.${x}`) }))}
              value={channel}
              allowDeselect={false}
              onChange={(v) => v && put({ channel: v as Channel })}
            />
            <TagsInput label={t('field.tags')} value={f.tags} onChange={(tags) => put({ tags })} />
          </div>
          {walls.length > 1 && rights.includes('ticket.wall') && (
            <Select
              label={t('field.wall')}
              description={t('new.wallHint')}
              placeholder={t('new.wallUsual')}
              data={walls.map((x) => ({ value: String(x.id), label: wallName(x) }))}
              value={f.wall}
              clearable
              onChange={(v) => put({ wall: v })}
              clearButtonProps={{ 'aria-label': t('do.clear') }}
            />
          )}
          <div>
            <SegmentedControl
              aria-label={t('composer.mode')}
              value={f.mode}
              onChange={(mode) => put({ mode })}
              data={[
                { value: 'mail', label: t('new.mail') },
                { value: 'note', label: t('new.note') },
              ]}
            />
            <Textarea
              className="new-text"
              mt={8}
              label={t(note ? 'new.noteText' : 'new.mailText')}
              description={t(note ? 'composer.onlyUs' : 'new.mailHint')}
              required
              rows={7}
              value={f.text}
              error={err('message.text', 'message')}
              onChange={typed('text')}
            />
          </div>
          {!note && <FirstWayNotice team={f.team ? Number(f.team) : null} onLeave={leave} />}
          <UploadList uploads={uploads} />
          <div className="row-end foot">
            <Button look="quiet" onClick={() => file.current?.click()}>
              <IconPaperclip size={15} aria-hidden="true" />
              {t('composer.attach')}
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
            <Button onClick={close}>{t('do.cancel')}</Button>
            <Button type="submit" look={note ? 'note' : 'fill'} busy={add.isPending} disabled={uploads.busy}>
              {note ? <IconLock size={15} aria-hidden="true" /> : <IconSend size={15} aria-hidden="true" />}
              {t(note ? 'new.saveNote' : 'new.send')}
            </Button>
          </div>
        </form>
      </FormDialog>
    </Forms>
  );
}
