import { need } from '@madoguchi/i18n';
import { type ComponentType, lazy } from 'react';

/** A part of this folder comes with its words. */
export const withWords = <P>(part: () => Promise<{ default: ComponentType<P> }>) =>
  lazy(async () => {
    await need('console.letters');
    return part();
  });
