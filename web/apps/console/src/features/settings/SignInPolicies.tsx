import type { SignInPolicy } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Chip } from '@madoguchi/ui';
import { IconBuilding, IconShieldHalf } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Loaded, Page } from './Page.tsx';
import { SignInPolicyDialog } from './SignInPolicyDialog.tsx';
import { signInPoliciesQuery, useWhose } from './signInPolicy.ts';

/** Who may come in, from where and for how long. */
export default function SignInPolicies() {
  const { t } = useTranslation('console.settings');
  const list = useQuery(signInPoliciesQuery);
  const [editing, setEditing] = useState<SignInPolicy | null>(null);
  return (
    <Page name="sign-in">
      <p className="prose">{t('policy.what')}</p>
      <Loaded query={list}>
        {(data) => (
          <ul className="cards">
            {data.items.map((p) => (
              <PolicyCard key={p.role ?? ''} p={p} onEdit={() => setEditing(p)} />
            ))}
          </ul>
        )}
      </Loaded>
      {editing && <SignInPolicyDialog policy={editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}

function PolicyCard({ p, onEdit }: { p: SignInPolicy; onEdit: () => void }) {
  const { t } = useTranslation('console.settings');
  const whose = useWhose()(p);
  const asked = p.second_step || p.idle_minutes !== null || p.age_hours !== null || p.networks.length > 0;
  return (
    <li className="card wall">
      <div className="line">
        {p.role === null ? <IconBuilding size={17} aria-hidden="true" /> : <IconShieldHalf size={17} aria-hidden="true" />}
        <div className="wall-n">
          <h2>{whose}</h2>
          <span className="dim small">
            {p.agents === 0 ? t('policy.nobody') : t('policy.counted', { count: p.agents, with: p.agents_with_second_step })}
          </span>
        </div>
        {p.can.includes('change') && (
          <Button aria-label={t('policy.editOf', { whose })} onClick={onEdit}>
            {t('policy.edit')}
          </Button>
        )}
      </div>
      {asked ? (
        <span className="tags-l">
          {p.second_step && <Chip tone="ai">{t('policy.secondStepIs')}</Chip>}
          {p.idle_minutes !== null && <span className="tag">{t('policy.idleIs', { n: p.idle_minutes })}</span>}
          {p.age_hours !== null && <span className="tag">{t('policy.ageIs', { n: p.age_hours })}</span>}
          {p.networks.map((n) => (
            <span key={n} className="tag mono">
              {n}
            </span>
          ))}
        </span>
      ) : (
        <p className="dim small">{t(p.role === null ? 'policy.nothingAsked' : 'policy.nothingMore')}</p>
      )}
    </li>
  );
}
