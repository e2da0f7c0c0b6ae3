import './mantine.css.ts';
import { type MantineColorScheme, type MantineColorSchemeManager, MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { onScheme, type Scheme, scheme, setScheme } from './scheme.ts';
import { theme } from './theme.ts';

export {
  Checkbox,
  Modal,
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

const out = (s: Scheme): MantineColorScheme => (s === 'system' ? 'auto' : s);
/** Mantine asks our own store, so that there is one truth about light and dark. */
function manager(): MantineColorSchemeManager {
  let off: (() => void) | undefined;
  return {
    get: () => out(scheme()),
    set: (v) => setScheme(v === 'auto' ? 'system' : v),
    subscribe: (f) => {
      off = onScheme(() => f(out(scheme())));
    },
    unsubscribe: () => off?.(),
    clear: () => setScheme('system'),
  };
}
const one = manager();

/** Wraps a lazily loaded screen that has forms. */
export function Forms({ children }: { children: ReactNode }) {
  return (
    <MantineProvider theme={theme} colorSchemeManager={one} defaultColorScheme="auto">
      {children}
    </MantineProvider>
  );
}
