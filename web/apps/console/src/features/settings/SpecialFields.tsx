import type { Mailbox } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { NumberInput, Select, Switch, TagsInput, Textarea } from '@madoguchi/ui/forms';

export interface Special {
  plus_addressing: boolean;
  after_crash: 'resend' | 'ask';
  taken_days: number;
  gateways: string[];
  quarantine_forged: boolean;
  extra_ca: string | null;
}
export const specialOf = (m: Mailbox | null): Special => ({
  plus_addressing: m?.plus_addressing ?? true,
  after_crash: m?.after_crash ?? 'resend',
  taken_days: m?.taken_days ?? 2,
  gateways: m?.gateways ?? [],
  quarantine_forged: m?.quarantine_forged ?? true,
  extra_ca: m?.extra_ca ?? null,
});

/** What most mailboxes never need: folded away until asked for. */
export function SpecialFields({
  special,
  fetches,
  set,
  err,
}: {
  special: Special;
  /** Whether letters are fetched from a folder; what was there before matters only then. */
  fetches: boolean;
  set: (s: Special) => void;
  err: (k: string) => string | undefined;
}) {
  const { t } = useTranslation('console.settings');
  return (
    <details className="special">
      <summary>{t('mailbox.special')}</summary>
      <div className="stack">
        <Switch
          label={t('mailbox.plus')}
          description={t('mailbox.plusHint')}
          checked={special.plus_addressing}
          onChange={(e) => set({ ...special, plus_addressing: e.currentTarget.checked })}
        />
        {fetches && (
          <NumberInput
            label={t('mailbox.takenDays')}
            description={t('mailbox.takenDaysHint')}
            min={0}
            max={365}
            allowDecimal={false}
            value={special.taken_days}
            error={err('taken_days')}
            onChange={(days) => set({ ...special, taken_days: Number(days) || 0 })}
          />
        )}
        <Select
          label={t('mailbox.afterCrash')}
          description={t('mailbox.afterCrashHint')}
          data={(['resend', 'ask'] as const).map((value) => ({ value, label: t(`mailbox.crash.${value}`) }))}
          allowDeselect={false}
          value={special.after_crash}
          error={err('after_crash')}
          onChange={(after_crash) => after_crash && set({ ...special, after_crash: after_crash as Special['after_crash'] })}
        />
        <TagsInput
          label={t('mailbox.gateways')}
          description={t('mailbox.gatewaysHint')}
          value={special.gateways}
          error={err('gateways')}
          onChange={(gateways) => set({ ...special, gateways })}
        />
        <Switch
          label={t('mailbox.forged')}
          description={t('mailbox.forgedHint')}
          checked={special.quarantine_forged}
          onChange={(e) => set({ ...special, quarantine_forged: e.currentTarget.checked })}
        />
        <Textarea
          label={t('mailbox.ca')}
          description={t('mailbox.caHint')}
          rows={4}
          spellCheck={false}
          value={special.extra_ca ?? ''}
          error={err('extra_ca')}
          onChange={(e) => set({ ...special, extra_ca: e.currentTarget.value || null })}
        />
      </div>
    </details>
  );
}
