import { useSyncExternalStore } from 'react';
import { fileUrl } from '../../app/api.ts';
import { keptAt, onKept, readKept, writeKept } from '../../app/kept.ts';

/** What a frame may show. SVG is none of them: it is a document. */
const KINDS = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;
const PICTURE_BYTES_MAX = 8e6;
const KEPT_MAX = 60;

const kept = new Map<string, Promise<string | null>>();

/** A picture's bytes as an address that holds them; nothing where there are none to be shown. */
export function picture(src: string): Promise<string | null> {
  const known = kept.get(src);
  if (known) return known;
  const reading = read(src).catch(() => null);
  kept.set(src, reading);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_MAX) break;
    kept.delete(oldest);
  }
  // What could not be had may be had later.
  void reading.then((data) => data === null && kept.delete(src));
  return reading;
}

async function read(src: string): Promise<string | null> {
  const res = await fetch(fileUrl(src), { credentials: 'same-origin', headers: { Accept: 'image/*' } });
  if (!res.ok) return null;
  const bytes = await res.blob();
  if (bytes.size > PICTURE_BYTES_MAX || !KINDS.test(bytes.type)) return null;
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(bytes);
  });
}

const SENDERS_MAX = 500;
interface Trusted {
  senders: number[];
}
const listeners = new Set<() => void>();
const here = new Set<number>();
function tell(): void {
  for (const f of listeners) f();
}
onKept((key) => {
  if (key === null) here.clear();
  tell();
});
const subscribe = (f: () => void) => {
  listeners.add(f);
  return () => listeners.delete(f);
};
const trusted = () => readKept<Trusted>(keptAt('pictures'))?.senders ?? [];

/** Whether pictures from elsewhere are shown in this message: asked for here, or always for its sender. */
export const usePicturesShown = (message: number, sender: number | null): boolean =>
  useSyncExternalStore(subscribe, () => here.has(message) || (sender !== null && trusted().includes(sender)));
export function showPictures(message: number): void {
  here.add(message);
  tell();
}
/** For this account in this browser, from now on. */
export function alwaysShowPictures(sender: number): void {
  writeKept(keptAt('pictures'), { senders: [...trusted().filter((s) => s !== sender), sender].slice(-SENDERS_MAX) });
  tell();
}
