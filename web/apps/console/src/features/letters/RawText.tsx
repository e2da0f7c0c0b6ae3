import type { LetterPart, LetterSource } from '@madoguchi/api-client';
import { size, useTranslation } from '@madoguchi/i18n';
import { Select } from '@madoguchi/ui/forms';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ErrorView } from '../../app/Pages.tsx';

/** So much of a letter is read here; the rest is in the file. */
const SHOWN_BYTES_MAX = 256 * 1024;
const CHARSETS = ['UTF-8', 'ISO-2022-JP', 'Shift_JIS', 'EUC-JP', 'windows-1252'];

/** Reads until it is enough, and lets the rest go. */
async function beginning(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const res = await fetch(url);
  if (!res.ok || !res.body) throw new Error(String(res.status));
  const reader = res.body.getReader();
  const bytes = new Uint8Array(SHOWN_BYTES_MAX);
  let at = 0;
  while (at < bytes.length) {
    const { done, value } = await reader.read();
    if (done) break;
    const taken = value.subarray(0, bytes.length - at);
    bytes.set(taken, at);
    at += taken.length;
  }
  await reader.cancel();
  return bytes.subarray(0, at);
}

/** A text outside any encoding shows itself in its own charset only. */
function charsetOf(p: LetterPart): string | null {
  if (p.read_as && p.encoding !== 'base64' && p.encoding !== 'quoted-printable') return p.read_as;
  for (const inner of p.parts) {
    const found = charsetOf(inner);
    if (found) return found;
  }
  return null;
}

export function RawText({ letter: l }: { letter: LetterSource }) {
  const { t } = useTranslation('console.letters');
  const [charset, setCharset] = useState(() => {
    const own = charsetOf(l.structure);
    return own && CHARSETS.includes(own) ? own : 'UTF-8';
  });
  const raw = useQuery({ queryKey: ['letter-raw', l.id, l.raw], queryFn: () => beginning(l.raw), gcTime: 0 });
  const text = useMemo(() => (raw.data ? new TextDecoder(charset).decode(raw.data) : ''), [raw.data, charset]);
  if (raw.isError) return <ErrorView error={raw.error} retry={() => void raw.refetch()} />;
  return (
    <>
      <Select
        className="src-c"
        label={t('showIn')}
        data={CHARSETS}
        value={charset}
        onChange={(v) => v && setCharset(v)}
        allowDeselect={false}
        comboboxProps={{ withinPortal: true }}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className="src" tabIndex={0}>
        {text || '…'}
      </pre>
      {l.size > SHOWN_BYTES_MAX && <p className="dim small">{t('rawCut', { shown: size(SHOWN_BYTES_MAX), size: size(l.size) })}</p>}
    </>
  );
}
