import './mantine.css.ts';
import { type CSSVariablesResolver, type MantineColorScheme, type MantineColorSchemeManager, MantineProvider, Modal } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { onScheme, type Scheme, scheme, setScheme } from './scheme.ts';
import { theme } from './theme.ts';

export {
  Checkbox,
  MultiSelect,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Select,
  Switch,
  Table,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core';
export { SuggestInput, type Suggestion } from './suggest.tsx';

const out = (s: Scheme): MantineColorScheme => (s === 'system' ? 'auto' : s);
/** Mantine asks our own store, so that there is one truth about light and dark. */
function manager(): MantineColorSchemeManager {
  let off: (() => void) | undefined;
  return {
    get: () => out(scheme()),
    set: (v) => {
      // Mantine also hands back what it has just been told; to tell it again would never end.
      const wanted = v === 'auto' ? 'system' : v;
      if (wanted !== scheme()) setScheme(wanted);
    },
    subscribe: (f) => {
      off = onScheme(() => f(out(scheme())));
    },
    unsubscribe: () => off?.(),
    clear: () => setScheme('system'),
  };
}
const one = manager();

const own = {
  '--mantine-color-dimmed': 'var(--tx3)',
  '--mantine-color-error': 'var(--shu)',
  '--mantine-color-text': 'var(--tx)',
  '--mantine-color-body': 'var(--sf)',
  '--mantine-color-default': 'var(--sf)',
  '--mantine-color-default-border': 'var(--line2)',
  '--mantine-color-placeholder': 'var(--tx3)',
};
const resolver: CSSVariablesResolver = () => ({ variables: {}, light: own, dark: own });

/** Wraps a lazily loaded screen that has forms. */
export function Forms({ children }: { children: ReactNode }) {
  return (
    <MantineProvider theme={theme} colorSchemeManager={one} defaultColorScheme="auto" cssVariablesResolver={resolver}>
      {children}
    </MantineProvider>
  );
}

/** Whoever opened it with the keyboard goes on where they were, unless its closing has led elsewhere. */
function useReturn(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () =>
      void setTimeout(() => {
        if (document.activeElement === document.body && opener instanceof HTMLElement && opener.isConnected) opener.focus();
      }),
    [opener],
  );
}

/** A dialog with a form in it. It fills a phone and floats on a desk. */
export function FormDialog({
  title,
  size,
  closeLabel,
  keepOpen,
  busy = false,
  onClose,
  children,
}: {
  title: string;
  size: number;
  closeLabel: string;
  /** A press outside does not close it: there is something to lose. */
  keepOpen?: boolean;
  /** It is being saved: nothing can be typed that would be lost, and the cursor comes back when it did not work. */
  busy?: boolean;
  onClose: () => void;
  children: ReactNode;
}) {
  useReturn();
  const body = useRef<HTMLDivElement>(null);
  const left = useRef<Element | null>(null);
  useLayoutEffect(() => {
    const el = body.current;
    if (!el) return;
    if (busy) left.current = el.contains(document.activeElement) ? document.activeElement : null;
    el.inert = busy;
    if (!busy && left.current instanceof HTMLElement && document.activeElement === document.body) left.current.focus();
  }, [busy]);
  return (
    <Modal.Root
      opened
      onClose={onClose}
      size={size}
      closeOnClickOutside={!keepOpen}
      fullScreen={window.innerWidth <= 760}
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content radius={14}>
        <div className="fm-h">
          <Modal.Title>{title}</Modal.Title>
          <button type="button" className="icon-btn" aria-label={closeLabel} title={closeLabel} onClick={onClose}>
            <IconX size={18} />
          </button>
        </div>
        <div className="fm-b" ref={body}>
          {children}
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}
