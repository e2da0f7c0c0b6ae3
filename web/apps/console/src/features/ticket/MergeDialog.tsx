import { freshKey, type TicketLine, type TicketView } from '@madoguchi/api-client';
import { telephone, useTranslation } from '@madoguchi/i18n';
import { Notice, toast } from '@madoguchi/ui';
import { Checkbox, FormDialog, Forms, SuggestInput } from '@madoguchi/ui/forms';
import { IconArrowMerge } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useDeferredValue, useState } from 'react';
import { api } from '../../app/api.ts';
import { FormEnd } from '../../app/FormEnd.tsx';
import { problemText } from '../../app/Pages.tsx';
import { keys } from '../../app/query.ts';
import { useSave } from '../../app/save.ts';
import { rearranged, unmerge } from './merging.ts';

const HITS_MAX = 6;
const NONE: TicketLine[] = [];
const nameOf = (x: TicketLine) => `#${x.number} ${x.subject}`;

interface Props {
  ticket: TicketView;
  onClose: () => void;
  /** Goes to the ticket where both are read. */
  onLead: (id: number) => void;
}

/** Finds the other ticket, says in words what merging means, and takes it back where that was wrong. */
export default function MergeDialog({ ticket, onClose, onLead }: Props) {
  const { t } = useTranslation('console');
  const [text, setText] = useState('');
  const [into, setInto] = useState<TicketLine | null>(null);
  const [readers, setReaders] = useState(true);
  const [missing, setMissing] = useState(false);
  const [key] = useState(freshKey);
  const found = useTargets(ticket, into ? '' : text);
  const save = useSave<TicketView>(t('do.merge'), {
    mutationFn: () => api.tickets.merge(ticket.id, { into: into?.id ?? 0, readers }, { ifMatch: ticket.revision, key }),
    onSuccess: (root) => {
      rearranged(root, ticket.id);
      toast(t('toast.merged', { number: ticket.number, root: root.number }), {
        action: { label: t('do.undo'), run: () => void unmerge(ticket, root.id, onLead) },
      });
    },
    done: (root) => {
      onClose();
      onLead(root.id);
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setMissing(!into);
    if (into) save.mutate();
  };
  return (
    <Forms>
      <FormDialog
        onClose={onClose}
        title={t('merge.title', { number: ticket.number })}
        size={560}
        keepOpen={!!into}
        closeLabel={t('do.close')}
      >
        <form className="stack" onSubmit={submit} noValidate>
          <SuggestInput
            label={t('merge.find')}
            description={t('merge.findHint')}
            data-autofocus
            value={text}
            error={missing && !into ? t('merge.choose') : undefined}
            suggestions={
              into ? [] : found.map((x) => ({ value: String(x.id), label: nameOf(x), detail: detailOf(x, t(`status.${x.status}`)) }))
            }
            listLabel={t('group.tickets')}
            onEnter={() => undefined}
            onChange={(typed) => {
              setText(typed);
              setInto(null);
            }}
            onPick={(id) => {
              const target = found.find((x) => String(x.id) === id);
              if (!target) return;
              setInto(target);
              setText(nameOf(target));
            }}
          />
          {into && <Preview ticket={ticket} into={into} readers={readers} onReaders={setReaders} />}
          {save.isError && (
            <Notice tone="shu" role="alert">
              {problemText(save.error, t)}
            </Notice>
          )}
          <FormEnd onCancel={onClose} busy={save.isPending} does={t('do.merge')} />
        </form>
      </FormDialog>
    </Forms>
  );
}

const detailOf = (x: TicketLine, status: string) => [x.requester && telephone(x.requester.name), status].filter(Boolean).join(' ・ ');

/** What is typed is looked for everywhere; before that, the other tickets of whoever asks are the likeliest. */
function useTargets(ticket: TicketView, text: string): TicketLine[] {
  const asked = useDeferredValue(text.trim());
  const contact = ticket.requester?.id ?? 0;
  const theirs = useQuery({
    queryKey: keys.contactTickets(contact),
    queryFn: () => api.contacts.tickets(contact, { limit: HITS_MAX }),
    enabled: contact !== 0,
  }).data?.items;
  const hits = useQuery({
    queryKey: ['palette', asked],
    queryFn: ({ signal }) => api.tickets.list({ view: 'all', q: asked.replace(/^#/, ''), limit: HITS_MAX }, { signal }),
    enabled: asked.length > 0,
  }).data?.items;
  const found = (asked ? hits : theirs) ?? NONE;
  return found.filter((x) => x.id !== ticket.id && x.status !== 'closed' && x.merged_into !== ticket.id);
}

interface PreviewProps {
  ticket: TicketView;
  into: TicketLine;
  readers: boolean;
  onReaders: (join: boolean) => void;
}
function Preview({ ticket, into, readers, onReaders }: PreviewProps) {
  const { t } = useTranslation('console');
  const target = useQuery({ queryKey: keys.ticket(into.id), queryFn: ({ signal }) => api.tickets.get(into.id, { signal }) }).data;
  const there = new Set([into.requester?.id, ...(target?.cc.map((c) => c.id) ?? [])]);
  const asker = ticket.requester ? [{ id: ticket.requester.id, name: ticket.requester.name, email: null }] : [];
  const joining = [...asker, ...ticket.cc].filter((c) => !there.has(c.id));
  return (
    <div className="stack" role="status">
      <Notice tone="ai">
        <IconArrowMerge size={16} aria-hidden="true" />
        <span className="grow">
          {t('merge.means', { number: ticket.number, root: into.number, subject: into.subject, count: ticket.messages_count })}
        </span>
      </Notice>
      {joining.length > 0 && (
        <Checkbox
          checked={readers}
          onChange={(e) => onReaders(e.currentTarget.checked)}
          label={t('merge.readers', { names: joining.map((c) => telephone(c.name || c.email || '')).join(t('value.comma')) })}
          description={t(readers ? 'merge.readersHint' : 'merge.apartHint')}
        />
      )}
    </div>
  );
}
