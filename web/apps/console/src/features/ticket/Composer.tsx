import type { TicketView, TimelineItem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, IconButton, isImeKey, Picker } from '@madoguchi/ui';
import { IconChevronDown, IconLock, IconMail, IconPaperclip, IconSend, IconUpload } from '@tabler/icons-react';
import { type DragEvent, type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useArrival } from './arrival.ts';
import { onWish, takeWish } from './compose.ts';
import './composer.css';
import { can, useStates } from './data.ts';
import { isEmpty, type Mode, placeOf, readDraft, readMode, useDraft, writeDraft, writeMode } from './drafts.ts';
import { NotSent } from './NotSent.tsx';
import { Recipients } from './Recipients.tsx';
import { SoftStop, useSoftStop } from './SoftStop.tsx';
import { useSending } from './sending.ts';
import { UploadList } from './UploadList.tsx';
import { useUploads } from './uploads.ts';
import { WayOutNotice } from './WayOutNotice.tsx';
import { useStateName } from './words.ts';

interface Props {
  ticket: TicketView;
  items: TimelineItem[];
  ready: boolean;
}

/**
 * One place to write, in two modes that cannot be taken for each other: a note is yamabuki from edge to edge, has a
 * lock, other words on its button, and no recipients. Each mode keeps its own draft.
 */
export default function Composer({ ticket, items, ready }: Props) {
  const { t } = useTranslation('console');
  const mayReply = can(ticket, 'reply') || !ready;
  const mayNote = can(ticket, 'note') || !ready;
  const [wanted, setWanted] = useState<Mode>(() => readMode(ticket.id));
  const mode: Mode = wanted === 'reply' && !mayReply ? 'note' : wanted === 'note' && !mayNote ? 'reply' : wanted;
  const drafts = { reply: useDraft(ticket.id, 'reply'), note: useDraft(ticket.id, 'note') };
  const draft = drafts[mode];
  const cc = drafts.reply.cc ?? ticket.cc;
  const uploads = useUploads(placeOf(ticket.id, mode));
  const states = useStates(ticket.type);
  const stateName = useStateName();
  const { busy: sending, stopped, send: sendOff } = useSending(ticket, items, mode);
  const [menu, setMenu] = useState<Element | null>(null);
  const [over, setOver] = useState(false);
  const [alive, setAlive] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const stop = useSoftStop(items, draft.text !== '');

  const put = (change: { text?: string; cc?: typeof cc }) => writeDraft(ticket.id, mode, { ...readDraft(ticket.id, mode), ...change });
  const enter = useCallback(
    (m: Mode) => {
      setWanted(m);
      writeMode(ticket.id, m);
      setAlive(true);
      // At once when the box is there; again after the paint, for the mode that is just coming.
      box.current?.focus();
      setTimeout(() => box.current?.focus(), 0);
    },
    [ticket.id],
  );
  useEffect(() => {
    const heed = () => {
      const m = takeWish(ticket.id);
      if (m) enter(m);
    };
    heed();
    return onWish(heed);
  }, [ticket.id, enter]);
  useArrival(ticket.id, items);
  useGrow(box, `${mode}\n${draft.text}`);

  const empty = draft.text.trim() === '' && uploads.ids.length === 0;
  const blocked = uploads.busy || uploads.missing.length > 0;
  const send = async (state?: string, sure = false) => {
    if (empty || sending || blocked || !ready) return;
    if (mode === 'reply' && !sure && stop.newer) return stop.ask(state);
    if (await sendOff(state)) stop.reset();
    // Back to the box from the button, unless the agent has gone elsewhere meanwhile: keys meant for the list, or for
    // another field, are not typed here.
    const at = document.activeElement;
    if (at === null || at === document.body || at.closest('.comp .split')) box.current?.focus();
  };
  const solved = states.find((s) => s.status === 'solved')?.key;
  const onKey = (e: KeyboardEvent) => {
    // The Enter that confirms a conversion never sends.
    if (isImeKey(e)) return;
    if ((e.ctrlKey || e.metaKey) && e.code.endsWith('Enter')) {
      e.preventDefault();
      void send(e.shiftKey && mode === 'reply' ? solved : undefined);
    } else if (e.key === 'Escape') {
      e.stopPropagation();
      box.current?.blur();
      document.querySelector<HTMLElement>('.tl')?.focus();
    }
  };
  const drop = (e: DragEvent) => {
    setOver(false);
    if (e.dataTransfer.files.length === 0) return;
    e.preventDefault();
    uploads.add(e.dataTransfer.files);
  };
  const note = mode === 'note';
  const tabs: Mode[] = [...(mayReply ? (['reply'] as const) : []), ...(mayNote ? (['note'] as const) : [])];
  return (
    <section
      className="comp"
      data-m={mode}
      data-alive={alive || !empty || undefined}
      aria-label={t(note ? 'composer.note' : 'composer.reply')}
      onFocus={() => setAlive(true)}
      onBlur={(e) => !e.currentTarget.contains(e.relatedTarget) && setAlive(false)}
      onDragOver={(e) => {
        if (![...e.dataTransfer.types].includes('Files')) return;
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {mode === 'reply' && ready && <WayOutNotice ticket={ticket.id} />}
      <SoftStop stop={stop} onSend={(state) => void send(state, true)} />
      <NotSent tried={stopped} mode={mode} />
      <div className="cbox">
        <div className="ctabs" role="tablist" aria-label={t('composer.mode')}>
          {tabs.map((m) => (
            <button
              key={m}
              type="button"
              role="tab"
              id={`tab-${m}`}
              aria-selected={mode === m}
              aria-controls="composer-text"
              tabIndex={mode === m ? 0 : -1}
              onPointerDown={(e) => {
                // On a phone the composer opens as soon as it has the focus and moves the tab away from under the finger.
                e.preventDefault();
                enter(m);
              }}
              onClick={() => enter(m)}
              onKeyDown={(e) => (e.key === 'ArrowRight' || e.key === 'ArrowLeft') && enter(m === 'reply' ? 'note' : 'reply')}
            >
              {m === 'note' ? <IconLock size={14} aria-hidden="true" /> : <IconMail size={14} aria-hidden="true" />}
              {t(`composer.${m}`)}
              {mode !== m && !isEmpty(ticket.id, m) && <em>{t('list.draft')}</em>}
            </button>
          ))}
          <span className="grow" />
          {note && <span className="only-us">{t('composer.onlyUs')}</span>}
        </div>
        {!note && <Recipients ticket={ticket} cc={cc} onCc={(next) => put({ cc: next })} />}
        <textarea
          id="composer-text"
          ref={box}
          className="ced"
          aria-label={t(note ? 'composer.noteText' : 'composer.replyText')}
          placeholder={t(note ? 'composer.noteHint' : 'composer.replyHint')}
          rows={3}
          value={draft.text}
          onChange={(e) => put({ text: e.target.value })}
          onKeyDown={onKey}
          onPaste={(e) => {
            if (e.clipboardData.files.length === 0) return;
            e.preventDefault();
            uploads.add(e.clipboardData.files);
          }}
        />
        <UploadList uploads={uploads} />
        <div className="cbar">
          <IconButton label={t('composer.attach')} onClick={() => file.current?.click()}>
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
          <span className="grow" />
          {draft.text.trim() && <span className="saved only-d">{t('composer.saved')}</span>}
          <div className="split">
            <Button
              look={note ? 'note' : 'fill'}
              busy={sending}
              disabled={empty || blocked || !ready}
              aria-keyshortcuts="Control+Enter Meta+Enter"
              onClick={() => void send()}
            >
              {note ? <IconLock size={15} aria-hidden="true" /> : <IconSend size={15} aria-hidden="true" />}
              {t(sending ? 'composer.sending' : note ? 'composer.addNote' : 'composer.send')}
            </Button>
            {!note && (
              <Button
                look="fill"
                className="split-b"
                aria-label={t('composer.sendAs')}
                title={t('composer.sendAs')}
                aria-haspopup="listbox"
                disabled={empty || sending || blocked || !ready}
                onClick={(e) => setMenu(e.currentTarget)}
              >
                <IconChevronDown size={15} />
              </Button>
            )}
          </div>
        </div>
        {over && (
          <div className="drop">
            <IconUpload size={18} aria-hidden="true" />
            {t('composer.drop')}
          </div>
        )}
      </div>
      {menu && (
        <Picker
          label={t('composer.sendAs')}
          search={false}
          searchLabel={t('composer.sendAs')}
          emptyLabel={t('pick.none')}
          options={states
            .filter((s) => s.status !== 'new')
            .map((s) => ({ value: s.key, label: t('composer.sendState', { state: stateName(s) }) }))}
          selected={[]}
          anchor={menu}
          onPick={(state) => void send(state)}
          onClose={() => setMenu(null)}
        />
      )}
    </section>
  );
}

/** Grows with its text up to twenty lines, then scrolls. */
function useGrow(box: React.RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const el = box.current;
    if (!el || text === undefined) return;
    el.style.height = 'auto';
    const line = Number.parseFloat(getComputedStyle(el).lineHeight) || 24;
    el.style.height = `${Math.min(el.scrollHeight, Math.min(line * 20 + 18, window.innerHeight * 0.5))}px`;
  }, [box, text]);
}
