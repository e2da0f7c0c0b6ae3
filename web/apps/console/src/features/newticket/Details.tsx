import type { Channel, Priority, TicketType } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Select, TagsInput } from '@madoguchi/ui/forms';
import { useSession } from '../../app/session.ts';
import { useAgentOptions } from '../ticket/agents.ts';
import { useTeams } from '../ticket/data.ts';
import { useOpenWalls, useWallName } from '../ticket/walls.ts';
import { PRIORITIES, TYPES } from '../ticket/words.ts';
import { byChannel, channelOf, type Written } from './form.ts';

const CHANNELS: readonly Channel[] = ['phone', 'in_person', 'mail', 'other'];

/** What is chosen of the new ticket, and not written. */
export function Details({ written: f, put }: { written: Written; put: (change: Partial<Written>) => void }) {
  const { t } = useTranslation('console');
  const teams = useTeams();
  const agents = useAgentOptions();
  const { rights } = useSession();
  const walls = useOpenWalls();
  const wallName = useWallName();
  const clear = { clearable: true, clearButtonProps: { 'aria-label': t('do.clear') } };
  return (
    <>
      <div className="quad">
        <Select
          label={t('field.type')}
          data={TYPES.map((x) => ({ value: x, label: t(`type.${x}`) }))}
          value={f.type}
          allowDeselect={false}
          onChange={(v) => v && put({ type: v as TicketType })}
        />
        <Select
          label={t('field.priority')}
          data={PRIORITIES.map((x) => ({ value: x, label: t(`priority.${x}`) }))}
          value={f.priority}
          allowDeselect={false}
          onChange={(v) => v && put({ priority: v as Priority })}
        />
        <Select
          label={t('field.team')}
          placeholder={t('value.noTeam')}
          data={teams.map((x) => ({ value: String(x.id), label: x.name }))}
          value={f.team}
          {...clear}
          onChange={(team) => put({ team })}
        />
        <Select
          label={t('field.assignee')}
          placeholder={t('value.unassigned')}
          data={agents}
          limit={100}
          value={f.assignee}
          searchable
          {...clear}
          onChange={(assignee) => put({ assignee })}
        />
      </div>
      <div className="pair">
        <Select
          label={t('field.channel')}
          data={CHANNELS.map((x) => ({ value: x, label: t(`channel.${x}`) }))}
          value={channelOf(f)}
          allowDeselect={false}
          onChange={(v) => v && put(byChannel(f, v as Channel))}
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
          {...clear}
          onChange={(wall) => put({ wall })}
        />
      )}
    </>
  );
}
