import type { TimelineItem } from '@madoguchi/api-client';
import { size, useTranslation } from '@madoguchi/i18n';
import { IconButton, Picker } from '@madoguchi/ui';
import { IconDeviceDesktop, IconPaperclip } from '@tabler/icons-react';
import { useMemo, useRef, useState } from 'react';
import { filesOf } from './passing.ts';
import type { Uploads } from './uploads.ts';

const FROM_HERE = 'here';

/** Attaches a file from this machine, or one that is on the ticket already. */
export function AttachButton({ uploads, items }: { uploads: Uploads; items: TimelineItem[] }) {
  const { t } = useTranslation('console');
  const [menu, setMenu] = useState<Element | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const files = useMemo(() => filesOf(items), [items]);
  const free = files.filter((f) => uploads.list.every((u) => u.id !== f.id));
  const options = [
    { value: FROM_HERE, label: t('composer.attachNew'), icon: <IconDeviceDesktop size={15} aria-hidden="true" /> },
    ...free.map((f) => ({
      value: String(f.id),
      label: f.name,
      detail: t(f.ofNote ? 'composer.onNote' : 'composer.onTicket', { size: size(f.size) }),
      icon: <IconPaperclip size={15} aria-hidden="true" />,
    })),
  ];
  const pick = (value: string) => {
    if (value === FROM_HERE) file.current?.click();
    else uploads.reuse(free.filter((f) => String(f.id) === value));
  };
  return (
    <>
      <IconButton
        label={t('composer.attach')}
        aria-haspopup={free.length > 0 ? 'listbox' : undefined}
        onClick={(e) => (free.length > 0 ? setMenu(e.currentTarget) : file.current?.click())}
      >
        <IconPaperclip size={18} />
      </IconButton>
      <input
        ref={file}
        type="file"
        multiple
        hidden
        aria-label={t('composer.attach')}
        onChange={(e) => {
          uploads.add(e.target.files ?? []);
          e.target.value = '';
        }}
      />
      {menu && (
        <Picker
          label={t('composer.attach')}
          search={free.length > 6}
          searchLabel={t('composer.findFile')}
          emptyLabel={t('pick.none')}
          options={options}
          selected={[]}
          anchor={menu}
          onPick={pick}
          onClose={() => setMenu(null)}
        />
      )}
    </>
  );
}
