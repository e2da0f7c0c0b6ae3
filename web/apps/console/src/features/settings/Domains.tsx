import type { DkimKey, DnsFinding, DnsRecord, Mailbox } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Empty, Notice } from '@madoguchi/ui';
import { Switch } from '@madoguchi/ui/forms';
import { IconMail, IconPlus, IconRefresh } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { problemText } from '../../app/Pages.tsx';
import { useSave } from '../../app/save.ts';
import { useSession } from '../../app/session.ts';
import { Confirm } from './Confirm.tsx';
import { CopyField } from './CopyField.tsx';
import { Loaded, Page } from './Page.tsx';
import './domains.css';

const KEYS = ['dkim-keys'];
const RECORDS = ['dns-records'];
const FOUND = ['dns-check'];
const FOUND_TONE = { found: 'waka', other: 'yama', missing: 'yama', unanswered: undefined } as const;
const findingOf = (findings: DnsFinding[] | undefined, r: DnsRecord) => findings?.find((f) => f.purpose === r.purpose && f.name === r.name);
const domainOf = (box: Mailbox) => box.address.split('@').at(-1) ?? '';
/** The selector of a further key: one that no key of the domain has. */
const freeSelector = (keys: DkimKey[]): string => {
  const names = ['madoguchi', ...keys.map((_, i) => `madoguchi${i + 2}`)];
  return names.find((name) => keys.every((k) => k.selector !== name)) ?? `madoguchi${keys.length + 2}`;
};

/** The domains from which we write: what others should find of them in the DNS, and the keys that sign our letters. */
export default function Domains() {
  const { t } = useTranslation('console.settings');
  const boxes = useQuery({ queryKey: ['mailboxes'], queryFn: api.mail.mailboxes });
  const keys = useQuery({ queryKey: KEYS, queryFn: api.mail.dkimKeys });
  return (
    <Page name="domains">
      <Loaded query={boxes}>
        {({ items }) => {
          const first = new Map(items.map((box) => [domainOf(box), box] as const).reverse());
          if (first.size === 0) {
            return (
              <Empty icon={<IconMail size={24} />} title={t('domain.none')}>
                <Link className="btn" to="/settings/{-$page}" params={{ page: 'mailboxes' }}>
                  {t('page.mailboxes')}
                </Link>
              </Empty>
            );
          }
          return (
            <Loaded query={keys}>
              {(kept) => (
                <ul className="cards">
                  {[...first].map(([domain, box]) => (
                    <Domain key={domain} domain={domain} box={box} keys={kept.items.filter((k) => k.domain === domain)} />
                  ))}
                </ul>
              )}
            </Loaded>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Domain({ domain, box, keys }: { domain: string; box: Mailbox; keys: DkimKey[] }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const mayChange = useSession().rights.includes('mailbox.change');
  const records = useQuery({ queryKey: [...RECORDS, box.id, box.revision], queryFn: () => api.mail.dnsRecords(box.id) });
  const look = useQuery({ queryKey: [...FOUND, box.id], queryFn: () => api.mail.checkDns(box.id), staleTime: 60_000 });
  const found = look.data?.items;
  const add = useSave(t('domain.addKey'), {
    mutationFn: () => api.mail.addDkimKey({ domain, selector: freeSelector(keys) }),
    onSettled: () => Promise.all([KEYS, RECORDS, FOUND].map((queryKey) => qc.invalidateQueries({ queryKey }))),
  });
  return (
    <li className="card dom">
      <div className="line">
        <h2>{domain}</h2>
        <span className="grow" />
        <Button busy={look.isFetching} onClick={() => void look.refetch()} aria-label={t('domain.lookOf', { domain })}>
          <IconRefresh size={15} aria-hidden="true" />
          {t('domain.look')}
        </Button>
        <Chip tone={keys.some((k) => k.active) ? 'waka' : 'yama'}>
          {t(keys.some((k) => k.active) ? 'domain.signed' : 'domain.unsigned')}
        </Chip>
      </div>
      <div className="stack-s">
        <h3>{t('domain.records')}</h3>
        <p className="dim small">{t('domain.recordsHint')}</p>
        <Loaded query={records} lines={3}>
          {({ items }) =>
            items
              .filter((r) => r.purpose !== 'dkim')
              .map((r) => <Entry key={`${r.name} ${r.value}`} record={r} finding={findingOf(found, r)} />)
          }
        </Loaded>
      </div>
      <div className="stack-s">
        <h3>{t('domain.keys')}</h3>
        <p className="dim small">{t('domain.keysHint')}</p>
        {keys.map((k) => (
          <Key key={k.id} of={k} finding={findingOf(found, k.record)} mayChange={mayChange} />
        ))}
        {add.isError && (
          <Notice tone="shu" role="alert">
            {problemText(add.error, tc)}
          </Notice>
        )}
        {mayChange && (
          <div>
            <Button busy={add.isPending} onClick={() => add.mutate()}>
              <IconPlus size={15} aria-hidden="true" />
              {t('domain.addKey')}
            </Button>
          </div>
        )}
      </div>
    </li>
  );
}

/** One record, to be taken to whoever keeps the domain. */
function Entry({ record: r, finding }: { record: DnsRecord; finding: DnsFinding | undefined }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  return (
    <div className="dns">
      <p>
        <b>{r.purpose.toUpperCase()}</b> {t(`domain.purpose.${r.purpose}`, { defaultValue: '' })}{' '}
        {finding && <Chip tone={FOUND_TONE[finding.state]}>{t(`domain.there.${finding.state}`)}</Chip>}
      </p>
      {finding?.state === 'other' && (
        <p className="dim small">
          {t('domain.otherIs')} <code>{finding.there.join(tc('value.comma'))}</code>
        </p>
      )}
      <div className="dns-r">
        <span className="dim small">{t('domain.name')}</span>
        <CopyField label={t('domain.nameOf', { purpose: r.purpose.toUpperCase() })} text={r.name} whole />
        <span className="dim small">{r.type}</span>
        <CopyField label={t('domain.valueOf', { purpose: r.purpose.toUpperCase() })} text={r.value} whole />
      </div>
    </div>
  );
}

function Key({ of: k, finding, mayChange }: { of: DkimKey; finding: DnsFinding | undefined; mayChange: boolean }) {
  const { t } = useTranslation('console.settings');
  const { t: tc } = useTranslation('console');
  const qc = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const again = () => Promise.all([KEYS, RECORDS].map((queryKey) => qc.invalidateQueries({ queryKey })));
  const turn = useSave(t('domain.signs', { selector: k.selector }), {
    mutationFn: (active: boolean) => api.mail.saveDkimKey(k.id, { active }, { ifMatch: k.revision }),
    onSettled: again,
  });
  return (
    <div className="dns-k">
      <Entry record={k.record} finding={finding} />
      {k.active && (finding?.state === 'missing' || finding?.state === 'other') && (
        <Notice tone="yama">{t('domain.signsInVain', { selector: k.selector })}</Notice>
      )}
      <div className="line">
        <Switch
          label={t('domain.signs', { selector: k.selector })}
          description={t('domain.signsHint')}
          checked={turn.isPending ? turn.variables : k.active}
          disabled={!mayChange || turn.isPending}
          onChange={(e) => turn.mutate(e.currentTarget.checked)}
        />
        <span className="grow" />
        {mayChange && (
          <Button look="danger" aria-label={t('domain.removeKey', { selector: k.selector })} onClick={() => setRemoving(true)}>
            {t('domain.remove')}
          </Button>
        )}
      </div>
      {turn.isError && (
        <Notice tone="shu" role="alert">
          {problemText(turn.error, tc)}
        </Notice>
      )}
      {removing && (
        <Confirm
          title={t('domain.removeKey', { selector: k.selector })}
          text={t('domain.removeText')}
          verb={t('domain.remove')}
          run={() => api.mail.dropDkimKey(k.id, { ifMatch: k.revision }).finally(again)}
          onClose={() => setRemoving(false)}
        />
      )}
    </div>
  );
}
