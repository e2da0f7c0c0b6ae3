import { useTranslation } from '@madoguchi/i18n';
import { memo, useCallback, useMemo, useRef, useState } from 'react';
import { home } from '../../app/api.ts';
import { useScheme } from '../../app/useScheme.ts';

const heights = new Map<number, number>();
const OWN_COLOURS = /\b(background(-color)?|color)\s*[:=]|bgcolor|<font/i;
const CSP = "default-src 'none'; img-src 'self' data: blob:; style-src 'unsafe-inline'";

/** Pictures inside a letter are our own files, named relative to the desk; a frame without an address cannot know that. */
const rooted = (html: string): string => html.replace(/(\ssrc=["']?)(?=api\/v1\/attachments\/)/gi, `$1${home}/`);

function page(html: string, dark: boolean): string {
  const fg = dark ? '#e7ecf0' : '#172029';
  const link = dark ? '#86bad6' : '#165e83';
  const line = dark ? '#35414c' : '#d3d8d6';
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${CSP}"><base target="_blank"><style>
html{color-scheme:${dark ? 'dark' : 'light'};overflow:hidden}body{display:flow-root;margin:0;color:${fg};font:13.5px/1.75 -apple-system,"Segoe UI","Hiragino Sans","BIZ UDPGothic","Yu Gothic UI","Noto Sans JP","Noto Sans CJK JP",Meiryo,sans-serif;overflow-wrap:anywhere}
a{color:${link}}img{max-width:100%;height:auto}img:not([src]){display:none}table{max-width:100%}blockquote{margin:8px 0;padding-left:12px;border-left:3px solid ${line};opacity:.85}pre{white-space:pre-wrap}p:first-child{margin-top:0}p:last-child{margin-bottom:0}
</style></head><body>${rooted(html)}</body></html>`;
}

/**
 * A letter's HTML in a frame that can do nothing: no script, no form, no request outside. The server has sanitized it
 * before; this is the second wall. Letters that bring their own colours are shown on white paper, as they were meant.
 */
export const MessageHtml = memo(function MessageHtml({ id, html, title }: { id: number; html: string; title: string }) {
  const { t } = useTranslation('console');
  const dark = useScheme() === 'dark';
  const paper = OWN_COLOURS.test(html);
  const [height, setHeight] = useState(heights.get(id) ?? 60);
  const frame = useRef<HTMLIFrameElement>(null);
  const watcher = useRef<ResizeObserver>(undefined);
  const src = useMemo(() => page(html, dark && !paper), [html, dark, paper]);
  // The server takes a foreign picture's address away and leaves its place.
  const remote = /<img(?![^>]*\ssrc=)/i.test(html);

  const onLoad = useCallback(() => {
    const body = frame.current?.contentDocument?.body;
    if (!body) return;
    const fit = () => {
      const h = Math.min(4000, Math.ceil(body.getBoundingClientRect().height) + (paper && dark ? 0 : 1));
      heights.set(id, h);
      setHeight(h);
    };
    fit();
    watcher.current?.disconnect();
    watcher.current = new ResizeObserver(fit);
    watcher.current.observe(body);
  }, [id, paper, dark]);

  return (
    <>
      <iframe
        ref={frame}
        className="html"
        data-paper={(paper && dark) || undefined}
        title={title}
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        srcDoc={src}
        style={{ height }}
        onLoad={onLoad}
      />
      {remote && <p className="flaw">{t('message.remoteImages')}</p>}
    </>
  );
});
