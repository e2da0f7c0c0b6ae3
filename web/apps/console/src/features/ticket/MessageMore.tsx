import type { Id, Message } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Suspense, useState } from 'react';
import { withWords } from '../letters/words.ts';
import { useLetter } from './data.ts';

const SourceDialog = withWords(() => import('../letters/SourceDialog.tsx'));
const DeliveryDialog = withWords(() => import('../letters/DeliveryDialog.tsx'));

interface Props {
  message: Message;
  ticket: Id;
  plain: boolean;
  onPlain: (plain: boolean) => void;
}

/** What else there is to see of a letter: its words alone, the letter as it came, how ours went. */
export function MessageMore({ message: m, ticket, plain, onPlain }: Props) {
  const { t } = useTranslation('console');
  const [shown, setShown] = useState<'source' | 'delivery' | null>(null);
  // Ours may have come as well: from a folder that was brought over, or from a colleague's own mail program.
  const letter = useLetter(m, ticket);
  const came = m.channel === 'mail' && (m.direction === 'in' || letter !== undefined);
  if (!came && !m.html && !m.delivery) return null;
  const close = () => setShown(null);
  return (
    <div className="msg-a">
      {m.html && (
        <button type="button" aria-pressed={plain} onClick={() => onPlain(!plain)}>
          {t(plain ? 'message.asHtml' : 'message.asText')}
        </button>
      )}
      {came && (
        <button type="button" onClick={() => setShown('source')}>
          {t('message.source')}
        </button>
      )}
      {m.delivery && (
        <button type="button" onClick={() => setShown('delivery')}>
          {t('message.log')}
        </button>
      )}
      <Suspense fallback={null}>
        {shown === 'source' && <SourceDialog of={{ message: m.id }} onClose={close} />}
        {shown === 'delivery' && <DeliveryDialog message={m} onClose={close} />}
      </Suspense>
    </div>
  );
}
