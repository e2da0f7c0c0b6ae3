import { freshKey, isProblem, type NewTicket, type Priority, type TicketType } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { FormDialog, Forms, SegmentedControl, Select, TagsInput, Textarea, TextInput } from '@madoguchi/ui/forms';
import { IconLock, IconPaperclip, IconSend } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useDeferredValue, useRef, useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { useAgents, useTeams } from '../ticket/data.ts';
import { UploadList } from '../ticket/UploadList.tsx';
import { useUploads } from '../ticket/uploads.ts';
import { PRIORITIES, TYPES } from '../ticket/words.ts';
import './newticket.css';

/** A ticket that begins with us: a first mail to somebody, or a note of what was said on the phone. */
export default function NewTicketDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('console');
  const nav = useNavigate();
  const qc = useQueryClient();
  const teams = useTeams();
  const agents = useAgents();
  const uploads = useUploads();
  const file = useRef<HTMLInputElement>(null);
  const action = useRef(freshKey());
  const [f, setF] = useState({ email: '', name: '', subject: '', text: '', mode: 'mail', tags: [] as string[] });
  const [team, setTeam] = useState<string | null>(null);
  const [assignee, setAssignee] = useState<string | null>(null);
  const [type, setType] = useState<string>('question');
  const [priority, setPriority] = useState<string>('normal');
  const note = f.mode === 'note';

  const asked = useDeferredValue(f.email.trim());
  const found = useQuery({
    queryKey: ['contacts', asked],
    queryFn: ({ signal }) => api.contacts.list({ q: asked, limit: 6 }, { signal }),
    enabled: asked.length >= 2,
  }).data?.items;
  const put = (k: 'email' | 'name' | 'subject' | 'text') => (e: { currentTarget: { value: string } }) => {
    const v = e.currentTarget.value;
    setF((o) => ({ ...o, [k]: v }));
  };
  const add = useMutation({
    mutationFn: (body: NewTicket) => api.tickets.add(body, { key: action.current }),
    onSuccess: (ticket) => {
      void qc.invalidateQueries({ queryKey: keys.lists });
      void qc.invalidateQueries({ queryKey: keys.counts });
      onClose();
      void nav({ to: '/tickets/$ticketId', params: { ticketId: String(ticket.id) }, search: (s) => s });
    },
  });
  const err = (...names: string[]) => names.map((n) => (isProblem(add.error) ? add.error.field(n) : undefined)).find(Boolean);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (uploads.busy) return;
    add.mutate({
      subject: f.subject.trim(),
      requester: { email: f.email.trim(), name: f.name.trim() || undefined },
      message: note ? { text: f.text, internal: true } : { text: f.text, outbound: true },
      team: team ? Number(team) : undefined,
      assignee: assignee ? Number(assignee) : undefined,
      type: type as TicketType,
      priority: priority as Priority,
      tags: f.tags.length > 0 ? f.tags : undefined,
      attachments: uploads.ids.length > 0 ? uploads.ids : undefined,
    });
  };
  const matches = found?.filter((c) => c.emails[0] && c.emails[0].address !== f.email.trim());
  return (
    <Forms>
      <FormDialog onClose={onClose} title={t('new.title')} size={640} keepOpen={!!(f.text || f.subject)} closeLabel={t('do.close')}>
        <form className="stack" onSubmit={submit} data-note={note || undefined}>
          {add.isError && (
            <Notice tone="shu" role="alert">
              {problemText(add.error, t)}
            </Notice>
          )}
          <div className="pair">
            <TextInput
              label={t('new.email')}
              type="email"
              required
              autoComplete="off"
              data-autofocus
              value={f.email}
              error={err('requester.email', 'email')}
              onChange={put('email')}
            />
            <TextInput label={t('new.name')} autoComplete="off" value={f.name} error={err('requester.name')} onChange={put('name')} />
          </div>
          {!!matches?.length && (
            <div className="hits">
              <span className="dim small">{t('new.known')}</span>
              {matches.map((c) => (
                <Button key={c.id} onClick={() => setF((o) => ({ ...o, email: c.emails[0]?.address ?? '', name: c.name }))}>
                  {c.name} <small className="dim">{c.organization?.name ?? c.emails[0]?.address}</small>
                </Button>
              ))}
            </div>
          )}
          <TextInput label={t('field.subject')} required value={f.subject} error={err('subject')} onChange={put('subject')} />
          <div className="quad">
            <Select
              label={t('field.type')}
              data={TYPES.map((x) => ({ value: x, label: t(`type.${x}`) }))}
              value={type}
              allowDeselect={false}
              onChange={(v) => setType(v ?? 'question')}
            />
            <Select
              label={t('field.priority')}
              data={PRIORITIES.map((x) => ({ value: x, label: t(`priority.${x}`) }))}
              value={priority}
              allowDeselect={false}
              onChange={(v) => setPriority(v ?? 'normal')}
            />
            <Select
              label={t('field.team')}
              placeholder={t('value.noTeam')}
              data={teams.map((x) => ({ value: String(x.id), label: x.name }))}
              value={team}
              clearable
              onChange={setTeam}
              clearButtonProps={{ 'aria-label': t('do.clear') }}
            />
            <Select
              label={t('field.assignee')}
              placeholder={t('value.unassigned')}
              data={agents.map((x) => ({ value: String(x.id), label: x.name }))}
              value={assignee}
              clearable
              searchable
              onChange={setAssignee}
              clearButtonProps={{ 'aria-label': t('do.clear') }}
            />
          </div>
          <TagsInput label={t('field.tags')} value={f.tags} onChange={(tags) => setF((o) => ({ ...o, tags }))} />
          <div>
            <SegmentedControl
              aria-label={t('composer.mode')}
              value={f.mode}
              onChange={(mode) => setF((o) => ({ ...o, mode }))}
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
              onChange={put('text')}
            />
          </div>
          <UploadList uploads={uploads} />
          <div className="row-end">
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
              onChange={(e) => uploads.add(e.target.files ?? [])}
            />
            <span className="grow" />
            <Button onClick={onClose}>{t('do.cancel')}</Button>
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
