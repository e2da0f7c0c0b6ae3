import { useTranslation } from '@madoguchi/i18n';
import { useMemo } from 'react';
import { type Command, useCommands } from '../../app/commands.ts';
import { amongWords, undoLast, useUndoable } from './undo.ts';

/** Wherever the agent is by now: the key that takes the last letter back, for as long as it has not left. */
export function UndoKey() {
  const { t } = useTranslation('console');
  const undoable = useUndoable();
  const commands = useMemo<Command[]>(() => {
    const unsend: Command = {
      id: 'unsend',
      group: 'app',
      label: t('cmd.unsend'),
      keys: 'mod+z',
      anywhere: true,
      when: () => !amongWords(),
      run: undoLast,
    };
    return undoable ? [unsend] : [];
  }, [t, undoable]);
  useCommands(commands);
  return null;
}
