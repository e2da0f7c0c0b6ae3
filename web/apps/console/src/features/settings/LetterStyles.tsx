import type { Id, LetterStyleView } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Notice } from '@madoguchi/ui';
import { Select } from '@madoguchi/ui/forms';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../app/api.ts';
import { useSession } from '../../app/session.ts';
import { useTeams } from '../ticket/data.ts';
import { Confirm } from './Confirm.tsx';
import { stylesQuery } from './letterStyle.ts';
import { Loaded, Page } from './Page.tsx';
import { StyleForm } from './StyleForm.tsx';
import './letterstyle.css';

const DESK = 'desk';

/** How letters look: the desk's way, and a way of its own for a team that wants one. */
export default function LetterStyles() {
  const { t } = useTranslation('console.settings');
  const list = useQuery(stylesQuery);
  const teams = useTeams();
  const [of, setOf] = useState(DESK);
  const team: Id | null = of === DESK ? null : Number(of);
  return (
    <Page name="letter-styles">
      <Loaded query={list}>
        {({ items }) => (
          <>
            {teams.length > 0 && (
              <Select
                label={t('style.of')}
                className="style-of"
                allowDeselect={false}
                data={[
                  { value: DESK, label: t('style.desk') },
                  ...teams.map((x) => ({
                    value: String(x.id),
                    label: items.some((s) => s.team === x.id) ? t('style.teamOwn', { name: x.name }) : x.name,
                  })),
                ]}
                value={of}
                onChange={(next) => setOf(next ?? DESK)}
              />
            )}
            <Style key={of} team={team} items={items} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Style({ team, items }: { team: Id | null; items: LetterStyleView[] }) {
  const { t } = useTranslation('console.settings');
  const qc = useQueryClient();
  const mayChange = useSession().rights.includes('mailbox.change');
  const [begun, setBegun] = useState(false);
  const [dropping, setDropping] = useState(false);
  const desk = items.find((s) => s.team === null);
  const own = items.find((s) => s.team === team);
  if (!desk) return null;
  if (!own && !begun) {
    return (
      <Notice tone="ai">
        <span className="grow">{t('style.likeDesk')}</span>
        {mayChange && <Button onClick={() => setBegun(true)}>{t('style.begin')}</Button>}
      </Notice>
    );
  }
  const shown = own ?? { team, style: desk.style, revision: 0 };
  return (
    <>
      {team !== null && own && mayChange && (
        <div className="row-end">
          <Button look="danger" onClick={() => setDropping(true)}>
            {t('style.drop')}
          </Button>
        </div>
      )}
      <StyleForm key={`${team} ${shown.revision}`} of={shown} locked={!mayChange} />
      {dropping && (
        <Confirm
          title={t('style.drop')}
          text={t('style.dropText')}
          verb={t('style.drop')}
          run={() =>
            api.mail
              .dropStyle(team ?? 0, { ifMatch: own?.revision })
              .finally(() => qc.invalidateQueries({ queryKey: stylesQuery.queryKey }))
          }
          onClose={() => setDropping(false)}
        />
      )}
    </>
  );
}
