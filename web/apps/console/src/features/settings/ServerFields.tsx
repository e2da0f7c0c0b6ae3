import type { Tls } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { NumberInput, PasswordInput, Select, TextInput } from '@madoguchi/ui/forms';

export interface ServerForm {
  host: string;
  port: number;
  tls: Tls;
  user: string;
  password: string;
  folder: string;
  /** Where letters go once they are kept; empty where they stay. */
  takenFolder: string;
}
const PORTS: Record<'imap' | 'smtp', Record<Tls, number>> = {
  imap: { tls: 993, starttls: 143, none: 143 },
  smtp: { tls: 465, starttls: 587, none: 25 },
};

/** One of the two roads of a mailbox. Choosing another protection proposes its usual port where the usual one stood. */
export function ServerFields({
  kind,
  form,
  set,
  hasPassword,
  byOauth,
  err,
}: {
  kind: 'imap' | 'smtp';
  form: ServerForm;
  set: (f: ServerForm) => void;
  hasPassword: boolean;
  /** Its name there is the mailbox's address, and nobody types a password. */
  byOauth: boolean;
  err: (k: string) => string | undefined;
}) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  return (
    <fieldset className="srv">
      <legend>{t(`mailbox.${kind}`)}</legend>
      <div className="srv-g">
        <TextInput
          label={t('mailbox.host')}
          required
          value={form.host}
          error={err('host')}
          onChange={(e) => set({ ...form, host: e.currentTarget.value })}
        />
        <Select
          label={t('mailbox.tls')}
          allowDeselect={false}
          data={(['tls', 'starttls', 'none'] as const).map((v) => ({ value: v, label: t(`tls.${v}`) }))}
          value={form.tls}
          onChange={(v) => {
            const tls = (v ?? 'tls') as Tls;
            // A port that somebody chose stays.
            const port = form.port === PORTS[kind][form.tls] ? PORTS[kind][tls] : form.port;
            set({ ...form, tls, port });
          }}
        />
        <NumberInput
          label={t('mailbox.port')}
          required
          min={1}
          max={65535}
          hideControls
          value={form.port}
          error={err('port')}
          onChange={(v) => set({ ...form, port: Number(v) || 0 })}
        />
        {!byOauth && (
          <>
            <TextInput
              label={t('mailbox.user')}
              autoComplete="off"
              value={form.user}
              error={err('user')}
              onChange={(e) => set({ ...form, user: e.currentTarget.value })}
            />
            <PasswordInput
              label={t('mailbox.password')}
              autoComplete="new-password"
              placeholder={hasPassword ? t('mailbox.passwordKept') : undefined}
              value={form.password}
              error={err('password')}
              visibilityToggleButtonProps={{ 'aria-label': tc('do.reveal') }}
              onChange={(e) => set({ ...form, password: e.currentTarget.value })}
            />
          </>
        )}
        {kind === 'imap' && (
          <TextInput
            label={t('mailbox.folder')}
            value={form.folder}
            error={err('folder')}
            onChange={(e) => set({ ...form, folder: e.currentTarget.value })}
          />
        )}
        {kind === 'imap' && (
          <TextInput
            label={t('mailbox.takenFolder')}
            description={t('mailbox.takenFolderHint')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            placeholder={t('mailbox.takenFolderNone')}
            value={form.takenFolder}
            error={err('taken_folder')}
            onChange={(e) => set({ ...form, takenFolder: e.currentTarget.value })}
          />
        )}
      </div>
      {form.tls === 'none' && <p className="flaw">{t('mailbox.plain')}</p>}
    </fieldset>
  );
}
