import { useTranslation } from '@madoguchi/i18n';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import { useScheme } from '../../app/useScheme.ts';
import { hasGround, onDark, withPictures } from './letter.ts';
import { picture } from './pictures.ts';
import { MEASURED_CHARACTERS_MAX, measure } from './ruler.ts';
import { withTargets } from './targets.ts';

/** Nothing comes from anywhere: pictures lie in the page itself. */
const CSP = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
const HEIGHT_MAX = 6000;
/** Of a letter that is too long to be measured, and of one that somebody sat down to read. */
const LONG_PX = 480;
const READING = '85dvh';
const FIRST_PX = 60;

const heights = new Map<string, number>();

function pageOf(html: string, dark: boolean, sheet: boolean): string {
  const fg = dark && !sheet ? '#e7ecf0' : '#172029';
  const link = dark && !sheet ? '#86bad6' : '#165e83';
  const line = dark && !sheet ? '#4a5865' : '#d3d8d6';
  const warn = dark && !sheet ? '#f0a08c' : '#a8331a';
  const ground = sheet ? 'background:#fff;padding:10px 12px;' : '';
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${CSP}"><base target="_blank"><style>
html{color-scheme:${dark && !sheet ? 'dark' : 'light'};overflow:auto}body{display:flow-root;box-sizing:border-box;margin:0;${ground}color:${fg};font:13.5px/1.75 -apple-system,"Segoe UI","Hiragino Sans","BIZ UDPGothic","Yu Gothic UI","Noto Sans JP","Noto Sans CJK JP",Meiryo,sans-serif;overflow-wrap:break-word}
a{color:${link}}img{max-width:100%;height:auto}img:not([src]){display:none}blockquote{margin:8px 0;padding-left:12px;border-left:3px solid ${line}}pre{overflow-x:auto;white-space:pre-wrap}p:first-child{margin-top:0}p:last-child{margin-bottom:0}.sign{margin-top:8px;padding-top:6px;border-top:1px dashed ${line};font-size:.92em;opacity:.82}.elsewhere{margin:0 4px;padding:1px 6px;border:1px solid ${warn};border-radius:4px;color:${warn};font-size:12px}
</style></head><body>${html}</body></html>`;
}

/** The pictures among these that are there by now. */
function usePictures(wanted: string[]): ReadonlyMap<string, string> {
  const [at, setAt] = useState<ReadonlyMap<string, string>>(new Map());
  const names = wanted.join(' ');
  useEffect(() => {
    if (!names) return;
    let gone = false;
    const all = names.split(' ').map(async (src) => [src, await picture(src)] as const);
    // All at once: each change makes the frame begin anew.
    void Promise.all(all).then((found) => {
      if (!gone) setAt(new Map(found.flatMap(([src, data]) => (data ? [[src, data] as const] : []))));
    });
    return () => {
      gone = true;
    };
  }, [names]);
  return at;
}

/**
 * HTML that somebody outside wrote, in a frame that has no origin, no script, no form and no way to ask for anything. The
 * server has made it harmless before; this is the second wall. It stays open where both engines would have to fail.
 */
export const LetterFrame = memo(function LetterFrame(p: { name: string; html: string; pictures: string[]; title: string }) {
  const { t } = useTranslation('console');
  const dark = useScheme() === 'dark';
  const at = usePictures(p.pictures);
  const [reading, setReading] = useState(false);
  const sheet = useMemo(() => dark && hasGround(p.html), [dark, p.html]);
  const page = useMemo(() => {
    const whole = withPictures(p.html, at);
    const tell = (host: string) => t('message.elsewhere', { host });
    return pageOf(withTargets(dark && !sheet ? onDark(whole) : whole, tell), dark, sheet);
  }, [p.html, at, dark, sheet, t]);
  const long = p.html.length > MEASURED_CHARACTERS_MAX;
  const frame = useRef<HTMLIFrameElement>(null);
  const [width, setWidth] = useState(0);
  const [height, setHeight] = useState(heights.get(p.name));
  useEffect(() => {
    const el = frame.current;
    if (!el || long) return;
    const seen = new ResizeObserver(() => setWidth(el.clientWidth));
    seen.observe(el);
    return () => seen.disconnect();
  }, [long]);
  useEffect(() => {
    if (long || width === 0) return;
    let gone = false;
    void measure(page, width).then((h) => {
      const fits = Math.min(HEIGHT_MAX, h);
      heights.set(p.name, fits);
      if (!gone) setHeight(fits);
    });
    return () => {
      gone = true;
    };
  }, [page, width, long, p.name]);
  return (
    <>
      <iframe
        ref={frame}
        className="html"
        data-sheet={sheet || undefined}
        data-long={long || undefined}
        title={p.title}
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        referrerPolicy="no-referrer"
        srcDoc={page}
        aria-busy={!long && height === undefined}
        style={{ height: long ? (reading ? READING : LONG_PX) : (height ?? FIRST_PX) }}
      />
      {long && (
        <button type="button" className="more-b" aria-expanded={reading} onClick={() => setReading(!reading)}>
          {t(reading ? 'message.shorter' : 'message.taller')}
        </button>
      )}
    </>
  );
});
