import type { TicketType } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Picker } from '@madoguchi/ui';
import { useStates } from './data.ts';
import { useStateName } from './words.ts';

interface Props {
  type: TicketType;
  /** The state that this letter is to bring, chosen before it was taken back. */
  chosen?: string;
  anchor: Element;
  onPick: (state: string) => void;
  /** It is to bring none. */
  onPlain: () => void;
  onClose: () => void;
}
/** In which state a reply leaves its ticket. */
export function SendAs({ type, chosen, anchor, onPick, onPlain, onClose }: Props) {
  const { t } = useTranslation('console');
  const states = useStates(type);
  const stateName = useStateName();
  const options = states
    .filter((s) => s.status !== 'new')
    .map((s) => ({ value: s.key, label: t('composer.sendState', { state: stateName(s) }) }));
  return (
    <Picker
      label={t('composer.sendAs')}
      search={false}
      searchLabel={t('composer.sendAs')}
      emptyLabel={t('pick.none')}
      options={chosen ? [{ value: '', label: t('composer.sendPlain') }, ...options] : options}
      selected={chosen ? [chosen] : []}
      anchor={anchor}
      onPick={(state) => (state ? onPick(state) : onPlain())}
      onClose={onClose}
    />
  );
}
