import type { Wall } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, Chip, Notice } from '@madoguchi/ui';
import { IconLock, IconPlus, IconWall } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSession } from '../../app/session.ts';
import { useAgents, useNamesakes } from '../ticket/agents.ts';
import { useTeamName } from '../ticket/data.ts';
import { letIn } from '../ticket/letIn.ts';
import { labelled } from '../ticket/namesakes.ts';
import { useWallName, wallsQuery } from '../ticket/walls.ts';
import { Loaded, Page } from './Page.tsx';
import { useEveryTeam } from './teams.ts';
import { WallDialog } from './WallDialog.tsx';

/** Who may see a ticket at all. */
export default function Walls() {
  const { t } = useTranslation('console.settings');
  const list = useQuery(wallsQuery);
  const [editing, setEditing] = useState<Wall | 'new' | null>(null);
  const mayChange = useSession().rights.includes('wall.change');
  const add = mayChange && (
    <Button look="fill" onClick={() => setEditing('new')}>
      <IconPlus size={15} aria-hidden="true" />
      {t('wall.add')}
    </Button>
  );
  return (
    <Page name="walls" action={add}>
      <p className="prose">{t('wall.what')}</p>
      <Loaded query={list}>
        {(data) => (
          <>
            <ul className="cards">
              {data.items.map((wall) => (
                <WallCard key={wall.id} wall={wall} onEdit={() => setEditing(wall)} />
              ))}
            </ul>
            {!mayChange && <p className="dim">{t('wall.onlyYours')}</p>}
            {mayChange && data.items.every((wall) => wall.open) && <p className="dim">{t('wall.noneHint')}</p>}
          </>
        )}
      </Loaded>
      {editing && <WallDialog wall={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}

function WallCard({ wall, onEdit }: { wall: Wall; onEdit: () => void }) {
  const { t } = useTranslation('console.settings');
  const { agent, teams: mine } = useSession();
  const name = useWallName()(wall);
  const agents = useAgents();
  const hints = useNamesakes();
  const teams = useEveryTeam();
  const teamName = useTeamName();
  const inside = letIn(
    wall,
    agent.id,
    mine.map((team) => team.id),
  );
  return (
    <li className="card wall">
      <div className="line">
        {wall.open ? <IconWall size={17} aria-hidden="true" /> : <IconLock size={17} aria-hidden="true" />}
        <div className="wall-n">
          <h2>{name}</h2>
          <Chip tone={wall.open ? 'waka' : 'fuji'}>{t(wall.open ? 'wall.open' : 'wall.closed')}</Chip>
        </div>
        {(wall.can?.includes('change') ?? true) && (
          <Button aria-label={t('wall.editName', { name })} onClick={onEdit}>
            {t('wall.edit')}
          </Button>
        )}
      </div>
      {wall.open ? (
        <p className="dim small">{t('wall.openHint')}</p>
      ) : (
        <span className="tags-l">
          {teams
            .filter((team) => wall.teams.includes(team.id))
            .map((team) => (
              <Chip key={team.id} tone="ai">
                {teamName(team)}
              </Chip>
            ))}
          {agents
            .filter((a) => wall.agents.includes(a.id))
            .map((a) => (
              <span key={a.id} className="tag">
                {labelled(a, hints)}
              </span>
            ))}
          {wall.teams.length + wall.agents.length === 0 && <span className="dim">{t('wall.nobody')}</span>}
        </span>
      )}
      {!inside && <Notice tone="yama">{t('wall.notInside')}</Notice>}
    </li>
  );
}
