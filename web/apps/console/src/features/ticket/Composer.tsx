import type { TicketView, TimelineItem } from '@madoguchi/api-client';
import { useTranslation } from '@madoguchi/i18n';
import { Button, isImeKey } from '@madoguchi/ui';
import { IconArrowForwardUp, IconChevronDown, IconLock, IconMail, IconSend, IconUpload } from '@tabler/icons-react';
import { type DragEvent, type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { type Command, useCommands } from '../../app/commands.ts';
import { useSession } from '../../app/session.ts';
import { AttachButton } from './AttachButton.tsx';
import { useArrival } from './arrival.ts';
import { onWish, takeWish } from './compose.ts';
import './composer.css';
import { can, useStates } from './data.ts';
import { type Draft, saidIn } from './draft.ts';
import { isEmpty, MODES, type Mode, placeOf, readDraft, readMode, useDraft, writeDraft, writeMode } from './drafts.ts';
import { Closing, Opening, SalutationButton, SalutationLine } from './Framing.tsx';
import { NotSent } from './NotSent.tsx';
import { OldCharset } from './OldCharset.tsx';
import { PassedOn, usePassing } from './PassedOn.tsx';
import { Recipients } from './Recipients.tsx';
import { useReaders } from './readers.ts';
import { SendAs } from './SendAs.tsx';
import { SoftStop, useSoftStop } from './SoftStop.tsx';
import { useSending } from './sending.ts';
import { UploadList } from './UploadList.tsx';
import { useUploads } from './uploads.ts';
import { useWayOut, WayOutNotice } from './WayOutNotice.tsx';
import { useStateName } from './words.ts';

interface Props {
  ticket: TicketView;
  items: TimelineItem[];
  ready: boolean;
}

const ICONS = { reply: IconMail, note: IconLock, forward: IconArrowForwardUp };
const LOOKS = { reply: 'fill', note: 'note', forward: 'forward' } as const;
const BUTTON_ICONS = { reply: IconSend, note: IconLock, forward: IconArrowForwardUp };
const WORDS = {
  reply: { text: 'composer.replyText', hint: 'composer.replyHint', send: 'composer.send', unseen: null },
  note: { text: 'composer.noteText', hint: 'composer.noteHint', send: 'composer.addNote', unseen: 'composer.onlyUs' },
  forward: { text: 'composer.forwardText', hint: 'composer.forwardHint', send: 'composer.sendForward', unseen: 'composer.notThem' },
} as const;

/**
 * One place to write, in modes that cannot be taken for each other: a note is yamabuki from edge to edge and has no
 * recipients, a word to somebody else is fuji; each has an icon and a button of its own, and keeps its own draft.
 */
export default function Composer({ ticket, items, ready }: Props) {
  const { t } = useTranslation('console');
  const mayReply = can(ticket, 'reply') || !ready;
  const mayNote = can(ticket, 'note') || !ready;
  const may = { reply: mayReply, note: mayNote, forward: useSession().rights.includes('ticket.reply') };
  const [wanted, setWanted] = useState<Mode>(() => readMode(ticket.id));
  const mode: Mode = may[wanted] ? wanted : mayReply ? 'reply' : 'note';
  const drafts = { reply: useDraft(ticket.id, 'reply'), note: useDraft(ticket.id, 'note'), forward: useDraft(ticket.id, 'forward') };
  const draft = drafts[mode];
  const note = mode === 'note';
  const readers = useReaders(ticket, draft, mode === 'forward' ? 'forward' : 'reply');
  const uploads = useUploads(placeOf(ticket.id, mode));
  const states = useStates(ticket.type);
  const stateName = useStateName();
  const { busy: sending, stopped, send: sendOff } = useSending(ticket, items, mode);
  const [menu, setMenu] = useState<Element | null>(null);
  const [over, setOver] = useState(false);
  const [alive, setAlive] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const stop = useSoftStop(items, draft.text !== '');

  const put = useCallback(
    (change: Partial<Draft>) => writeDraft(ticket.id, mode, { ...readDraft(ticket.id, mode), ...change }),
    [ticket.id, mode],
  );
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
  const leave = () => {
    setWanted('reply');
    writeMode(ticket.id, 'reply');
  };
  const passing = usePassing(ticket, items);
  useEffect(() => {
    const heed = () => {
      const wish = takeWish(ticket.id);
      if (wish?.pass) passing.begin(wish.pass);
      if (wish) enter(wish.mode);
    };
    heed();
    return onWish(heed);
  }, [ticket.id, enter, passing]);
  const { turned, everybody } = readers;
  const commands = useMemo<Command[]>(() => {
    if (mode !== 'reply' || !mayReply) return [];
    const label = t(everybody ? 'composer.onlySender' : 'composer.everybody');
    return [{ id: 'readers', group: 'ticket', label, detail: `#${ticket.number}`, keys: 'shift+r', run: () => put(turned) }];
  }, [t, mode, mayReply, everybody, turned, put, ticket.number]);
  useCommands(commands);
  useArrival(ticket.id, items);
  useGrow(box, `${mode}\n${draft.text}`);

  const empty = saidIn(draft).trim() === '' && uploads.ids.length === 0;
  const blocked = uploads.busy || uploads.missing.length > 0 || (!note && !readers.usable);
  const send = async (state?: string, sure = false) => {
    if (empty || sending || blocked || !ready) return;
    if (mode === 'reply' && !sure && stop.newer) return stop.ask(state);
    if (await sendOff(state)) {
      stop.reset();
      // What is typed next is for the customer again, not for whoever was just asked.
      if (readMode(ticket.id) === 'forward') leave();
    }
    // On a phone the box would stand before what became of the answer.
    if (isPhone()) {
      (document.activeElement as HTMLElement | null)?.blur();
      return;
    }
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
      setAlive(false);
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
  const words = WORDS[mode];
  const frame = { ticket: ticket.id, draft, forward: mode === 'forward', onChange: put };
  const ButtonIcon = BUTTON_ICONS[mode];
  const tabs = MODES.filter((m) => may[m] && (m !== 'forward' || mode === m || !isEmpty(ticket.id, m)));
  const beside = (m: Mode, step: number) => tabs[(tabs.indexOf(m) + step + tabs.length) % tabs.length] ?? m;
  const chosen = draft.state && states.find((s) => s.key === draft.state);
  // No answer can leave: the button says so, and the notice above it says why.
  const stays = useWayOut(ticket.id)?.leaves === 'never' && mode === 'reply';
  return (
    <section
      className="comp"
      data-m={mode}
      data-alive={alive || !empty || undefined}
      aria-label={t(`composer.${mode}`)}
      // Not while a mouse's button is down: what it is upon would move away from under it, here or in the conversation.
      onFocus={(e) => (isPhone() || e.target.matches(':focus-visible')) && setAlive(true)}
      onPointerUp={() => setAlive(true)}
      onBlur={(e) => isPhone() && !e.currentTarget.contains(e.relatedTarget) && setAlive(false)}
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
      <NotSent tried={stopped} mode={mode} ticket={ticket} />
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
              onKeyDown={(e) => (e.key === 'ArrowRight' || e.key === 'ArrowLeft') && enter(beside(m, e.key === 'ArrowRight' ? 1 : -1))}
            >
              <Icon of={m} />
              {t(`composer.${m}`)}
              {mode !== m && !isEmpty(ticket.id, m) && <em>{t('list.draft')}</em>}
            </button>
          ))}
          <span className="grow" />
          {words.unseen && <span className="only-us">{t(words.unseen)}</span>}
        </div>
        {mode !== 'note' && <Recipients key={mode} ticket={ticket} items={items} mode={mode} readers={readers} onChange={put} />}
        {mode !== 'note' && <SalutationLine {...frame} />}
        {mode === 'reply' && <Opening ticket={ticket.id} text={draft.text} />}
        <textarea
          id="composer-text"
          ref={box}
          className="ced"
          aria-label={t(words.text)}
          placeholder={t(words.hint)}
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
        {mode !== 'note' && <Closing {...frame} />}
        {mode !== 'note' && <OldCharset ticket={ticket.id} subject={ticket.subject} draft={draft} readers={readers} />}
        {mode === 'forward' && (
          <PassedOn
            passed={draft.passed}
            onDrop={() => put({ passed: undefined })}
            onStop={() => {
              passing.stop();
              enter('reply');
            }}
          />
        )}
        <UploadList uploads={uploads} />
        <div className="cbar">
          <AttachButton uploads={uploads} items={items} />
          {mode !== 'note' && <SalutationButton {...frame} />}
          <span className="grow" />
          {draft.text.trim() && <span className="saved only-d">{t('composer.saved')}</span>}
          <div className="split">
            <Button
              look={LOOKS[mode]}
              busy={sending}
              disabled={empty || blocked || !ready}
              aria-keyshortcuts="Control+Enter Meta+Enter"
              onClick={() => void send()}
            >
              <ButtonIcon size={15} aria-hidden="true" />
              {sending
                ? t('composer.sending')
                : chosen
                  ? t('composer.sendState', { state: stateName(chosen) })
                  : t(stays ? 'composer.keep' : words.send)}
            </Button>
            {mode === 'reply' && (
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
        <SendAs
          type={ticket.type}
          chosen={draft.state}
          anchor={menu}
          onPick={(state) => void send(state)}
          onPlain={() => put({ state: undefined })}
          onClose={() => setMenu(null)}
        />
      )}
    </section>
  );
}

const isPhone = () => matchMedia('(max-width: 760px)').matches;

function Icon({ of }: { of: Mode }) {
  const I = ICONS[of];
  return <I size={14} aria-hidden="true" />;
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
