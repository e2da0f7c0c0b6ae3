import { effectiveScheme, onScheme } from '@madoguchi/ui';
import { useSyncExternalStore } from 'react';

export const useScheme = (): 'light' | 'dark' => useSyncExternalStore(onScheme, effectiveScheme);
