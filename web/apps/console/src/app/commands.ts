import { isTyping, keyName, Sequencer } from '@madoguchi/ui';
import { useEffect, useRef, useSyncExternalStore } from 'react';

export type Group = 'ticket' | 'list' | 'go' | 'app';
/** One thing that can be done now: by its key, from the palette, and told on the `?` sheet. One list feeds all three. */
export interface Command {
  id: string;
  group: Group;
  label: string;
  detail?: string;
  keys?: string;
  /** Also while typing: for combinations with Ctrl or Cmd only. */
  anywhere?: boolean;
  /** Whether its key is meant for it just now; otherwise whoever has the cursor gets it. */
  when?(): boolean;
  run(): void;
}

const layers = new Map<symbol, Command[]>();
const listeners = new Set<() => void>();
let snapshot: Command[] = [];
function refresh(): void {
  const byId = new Map<string, Command>();
  for (const layer of layers.values()) for (const c of layer) byId.set(c.id, c);
  snapshot = [...byId.values()];
  for (const f of listeners) f();
}

/** Offers commands while the component is mounted. The newest layer wins a key. */
export function useCommands(list: Command[]): void {
  const id = useRef(Symbol('commands'));
  useEffect(() => {
    layers.set(id.current, list);
    refresh();
  }, [list]);
  useEffect(() => {
    const own = id.current;
    return () => {
      layers.delete(own);
      refresh();
    };
  }, []);
}

const subscribe = (f: () => void) => {
  listeners.add(f);
  return () => listeners.delete(f);
};
export const useAllCommands = (): Command[] => useSyncExternalStore(subscribe, () => snapshot);

const KEYS_OFF = 'madoguchi.keys';
export const singleKeysOn = (): boolean => localStorage.getItem(KEYS_OFF) !== 'off';
export const setSingleKeys = (on: boolean): void => localStorage.setItem(KEYS_OFF, on ? 'on' : 'off');

const modalOpen = () => document.querySelector('dialog[open], .picker, .mantine-Modal-content') !== null;

export function installKeyboard(): () => void {
  const seq = new Sequencer();
  const onKey = (e: KeyboardEvent) => {
    const name = keyName(e);
    if (!name || e.defaultPrevented) return;
    const typing = isTyping(e.target);
    const combo = name.startsWith('mod+');
    if (modalOpen() || (typing && !combo) || (!combo && name.length === 1 && !singleKeysOn())) {
      seq.clear();
      return;
    }
    // On a focused button or link, Enter and Space belong to it.
    const onControl = e.target instanceof Element && e.target.closest('button, a, summary, [role=option]');
    if (onControl && (name === 'Enter' || name === ' ')) return;
    for (const pressed of seq.press(name, e.timeStamp)) {
      const c = snapshot.findLast((x) => x.keys === pressed && (!typing || x.anywhere) && (x.when?.() ?? true));
      if (c) {
        e.preventDefault();
        seq.clear();
        c.run();
        return;
      }
    }
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}
