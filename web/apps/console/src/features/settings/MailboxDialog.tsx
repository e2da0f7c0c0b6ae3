import { isProblem, type Mailbox, type MailboxInput, type MailboxTest } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { FormDialog, Select, Switch, TextInput } from '@madoguchi/ui/forms';
import { IconCircleCheck, IconCircleX, IconPlugConnected } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { useTeams } from '../ticket/data.ts';
import { Confirm } from './Confirm.tsx';
import { ServerFields, type ServerForm } from './ServerFields.tsx';
import { MAIL_SERVERS, SignInFields } from './SignInFields.tsx';
import { type Special, SpecialFields, specialOf } from './SpecialFields.tsx';

const blank = (port: number, tls: ServerForm['tls']): ServerForm => ({
  host: '',
  port,
  tls,
  user: '',
  password: '',
  folder: 'INBOX',
  takenFolder: '',
});
const serverOf = (s: NonNullable<Mailbox['imap']> | Mailbox['smtp']): ServerForm => ({
  host: s.host,
  port: s.port,
  tls: s.tls,
  user: s.user,
  password: '',
  folder: 'folder' in s ? s.folder : '',
  takenFolder: ('taken_folder' in s && s.taken_folder) || '',
});
const out = (s: ServerForm) => ({ host: s.host.trim(), port: s.port, tls: s.tls, user: s.user.trim(), password: s.password || undefined });

/** Creates or edits a mailbox; "test connection" tries both roads with what stands in the form, before anything is saved. */
export function MailboxDialog({ mailbox, onClose }: { mailbox: Mailbox | null; onClose: () => void }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const teams = useTeams();
  const [f, setF] = useState({ name: mailbox?.name ?? '', address: mailbox?.address ?? '', on: mailbox?.state !== 'off' });
  const [team, setTeam] = useState<string | null>(mailbox?.team ? String(mailbox.team.id) : null);
  const [imap, setImap] = useState(() => (mailbox?.imap ? serverOf(mailbox.imap) : blank(993, 'tls')));
  const [fetches, setFetches] = useState(!mailbox || !!mailbox.imap);
  const [smtp, setSmtp] = useState(() => (mailbox ? serverOf(mailbox.smtp) : blank(587, 'starttls')));
  const [application, setApplication] = useState<number | 'none' | null>(mailbox?.application?.id ?? null);
  const byOauth = application !== null;
  const [special, setSpecial] = useState<Special>(() => specialOf(mailbox));
  const [removing, setRemoving] = useState(false);

  const body = (): MailboxInput => ({
    name: f.name.trim(),
    address: f.address.trim(),
    team: team ? Number(team) : null,
    imap: fetches ? { ...out(imap), folder: imap.folder.trim() || 'INBOX', taken_folder: imap.takenFolder.trim() || null } : null,
    smtp: out(smtp),
    application: application === 'none' ? null : application,
    state: f.on ? 'ok' : 'off',
    ...special,
  });
  const test = useSave(t('mailbox.test'), {
    mutationFn: async (tried: string) => ({
      tried,
      ...(await api.mail.test({ ...(mailbox && { id: mailbox.id }), ...JSON.parse(tried) })),
    }),
  });
  const now = JSON.stringify(body());
  const save = useSave(f.name || t('mailbox.add'), {
    mutationFn: () => (mailbox ? api.mail.save(mailbox.id, body(), { ifMatch: mailbox.revision }) : api.mail.add(body())),
    done: onClose,
    onSettled: () => void qc.invalidateQueries({ queryKey: ['mailboxes'] }),
  });
  const problem = save.error ?? test.error;
  const err = (k: string) => (isProblem(problem) ? problem.field(k) : undefined);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  /** Most houses use one name for both roads: the second half follows the first until it is touched. */
  const guess = (address: string) => {
    const domain = address.split('@')[1] ?? '';
    const follow = (s: ServerForm, host: string): ServerForm => ({
      ...s,
      user: s.user || address,
      host: s.host || (domain && `${host}.${domain}`),
    });
    if (mailbox || !domain.includes('.')) return;
    setImap((s) => follow(s, 'imap'));
    setSmtp((s) => follow(s, 'smtp'));
  };
  if (removing && mailbox) {
    return (
      <Confirm
        title={t('mailbox.remove')}
        text={t('mailbox.removeText', { name: mailbox.name })}
        verb={t('mailbox.remove')}
        run={() => api.mail.remove(mailbox.id).then(() => qc.invalidateQueries({ queryKey: ['mailboxes'] }))}
        onClose={onClose}
      />
    );
  }
  return (
    <FormDialog
      onClose={onClose}
      title={t(mailbox ? 'mailbox.editTitle' : 'mailbox.add')}
      size={680}
      keepOpen
      busy={save.isPending}
      closeLabel={tc('do.close')}
    >
      <form className="stack" onSubmit={submit}>
        {(save.isError || test.isError) && (
          <Notice tone="shu" role="alert">
            {problemText(problem, tc)}
          </Notice>
        )}
        <div className="pair">
          <TextInput
            label={t('mailbox.address')}
            type="email"
            required
            data-autofocus
            value={f.address}
            error={err('address')}
            onChange={(e) => setF({ ...f, address: e.currentTarget.value })}
            onBlur={(e) => guess(e.currentTarget.value.trim())}
          />
          <TextInput
            label={t('mailbox.name')}
            description={t('mailbox.nameHint')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            required
            value={f.name}
            error={err('name')}
            onChange={(e) => setF({ ...f, name: e.currentTarget.value })}
          />
        </div>
        <div className="pair">
          <Select
            label={t('mailbox.team')}
            placeholder={tc('value.noTeam')}
            data={teams.map((x) => ({ value: String(x.id), label: x.name }))}
            value={team}
            clearable
            clearButtonProps={{ 'aria-label': tc('do.clear') }}
            onChange={setTeam}
          />
          {mailbox && (
            <Switch mt={26} label={t('mailbox.on')} checked={f.on} onChange={(e) => setF({ ...f, on: e.currentTarget.checked })} />
          )}
        </div>
        <Switch
          label={t('mailbox.fetches')}
          description={t('mailbox.fetchesHint')}
          checked={fetches}
          onChange={(e) => setFetches(e.currentTarget.checked)}
        />
        <SignInFields
          application={application}
          error={err('application')}
          connected={mailbox?.application?.id === application}
          choose={(id, provider) => {
            setApplication(id);
            const known = provider && MAIL_SERVERS[provider];
            if (!known) return;
            setImap((s) => ({ ...s, ...known.imap }));
            setSmtp((s) => ({ ...s, ...known.smtp }));
          }}
        />
        {fetches && (
          <ServerFields
            kind="imap"
            form={imap}
            set={setImap}
            hasPassword={!!mailbox?.imap?.has_password}
            byOauth={byOauth}
            err={(k) => err(`imap.${k}`)}
          />
        )}
        <ServerFields
          kind="smtp"
          form={smtp}
          set={setSmtp}
          hasPassword={!!mailbox?.smtp.has_password}
          byOauth={byOauth}
          err={(k) => err(`smtp.${k}`)}
        />
        <SpecialFields special={special} fetches={fetches} set={setSpecial} err={err} />
        {/* What was found out is true of what was tried, not of what was typed since. */}
        {test.data?.tried === now && <TestResults result={test.data} />}
        <div className="row-end foot">
          {mailbox && (mailbox.can?.includes('remove') ?? true) && (
            <Button look="danger" onClick={() => setRemoving(true)}>
              {t('mailbox.remove')}
            </Button>
          )}
          <span className="grow" />
          <Button busy={test.isPending} disabled={application === 'none'} onClick={() => test.mutate(now)}>
            <IconPlugConnected size={16} aria-hidden="true" />
            {t('mailbox.test')}
          </Button>
          <Button type="submit" look="fill" busy={save.isPending} disabled={application === 'none'}>
            {tc('do.save')}
          </Button>
        </div>
      </form>
    </FormDialog>
  );
}

function TestResults({ result }: { result: MailboxTest }) {
  const { t } = useTranslation('console.settings');
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // It stands below what was typed, and on most screens below the edge.
    if (result) box.current?.scrollIntoView({ block: 'center' });
  }, [result]);
  return (
    <div className="stack-s" role="status" ref={box}>
      {(['imap', 'smtp'] as const).map((k) => {
        const came = result[k];
        return (
          came && (
            <Notice key={k} tone={came.ok ? 'waka' : 'shu'}>
              {came.ok ? <IconCircleCheck size={17} aria-hidden="true" /> : <IconCircleX size={17} aria-hidden="true" />}
              <b>{t(`mailbox.${k}`)}</b>
              <span className="grow">{came.detail || t(came.ok ? 'mailbox.testOk' : 'mailbox.testFailed')}</span>
            </Notice>
          )
        );
      })}
    </div>
  );
}
